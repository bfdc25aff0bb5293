namespace MiniLstm.Tests;

/// <summary>Registers that a thread only reads: which one it is.</summary>
public static class PtxSpecials
{
    private static readonly Dictionary<string, Func<PtxWarp, int, int>> _all = new()
    {
        ["%tid.x"] = (warp, lane) => warp.FirstThread + lane,
        ["%tid.y"] = (_, _) => 0,
        ["%tid.z"] = (_, _) => 0,
        ["%ntid.x"] = (warp, _) => warp.Group.Launch.Threads,
        ["%ntid.y"] = (_, _) => 1,
        ["%ntid.z"] = (_, _) => 1,
        ["%ctaid.x"] = (warp, _) => warp.Group.X,
        ["%ctaid.y"] = (warp, _) => warp.Group.Y,
        ["%ctaid.z"] = (warp, _) => warp.Group.Z,
        ["%nctaid.x"] = (warp, _) => warp.Group.Launch.GroupsX,
        ["%nctaid.y"] = (warp, _) => warp.Group.Launch.GroupsY,
        ["%nctaid.z"] = (warp, _) => warp.Group.Launch.GroupsZ,
        ["%laneid"] = (_, lane) => lane,
        ["%warpid"] = (warp, _) => warp.FirstThread / PtxWarp.Size,
        ["WARP_SZ"] = (_, _) => PtxWarp.Size,
    };

    /// <summary>The special register of a name, if there is one.</summary>
    public static PtxPreset? TryFind(string name) =>
        _all.TryGetValue(name, out Func<PtxWarp, int, int>? value) ? new((warp, lane) => (ulong)value(warp, lane), IsConstant: false) : null;
}
