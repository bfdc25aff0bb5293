using System.Runtime.Intrinsics;
using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Host backends that must give the bits of one thread: of several threads, and of each width that the machine has. Wider vectors would be emulated, and
/// multiply and add in one rounding even where the machine has two.</summary>
internal static class NativeHosts
{
    /// <summary>Each with its name.</summary>
    /// <param name="options">Of what else than threads they are made.</param>
    public static IEnumerable<(string Name, HostBackend Host)> Open(HostOptions options)
    {
        foreach (int threads in (int[])[2, 3, 8])
            yield return ($"{threads} threads", HostBackend.Create(options with { Threads = threads }));
        HostOptions two = options with { Threads = 2 };
        if (Vector512.IsHardwareAccelerated)
            yield return ("16 lanes", new HostBackend<Lanes16>(two));
        if (Vector256.IsHardwareAccelerated)
            yield return ("8 x 2 lanes", new HostBackend<Lanes8x2>(two));
        yield return ("4 x 4 lanes", new HostBackend<Lanes4x4>(two));
    }
}
