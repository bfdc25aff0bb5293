namespace MiniLstm.Tests;

/// <summary>Memory that threads read and write, with what they must keep to.</summary>
/// <param name="space">As faults name it.</param>
/// <param name="regions">The pieces that may be used.</param>
public abstract class PtxMemory(string space, IReadOnlyList<PtxRegion> regions)
{
    // Accesses mostly stay in the piece that the last one was in.
    private PtxRegion? _last;

    /// <summary>Checks that an access is inside a piece, and that its address is a multiple of its size.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">How many: 1, 2, 4, 8 or 16.</param>
    /// <param name="thread">Who.</param>
    /// <exception cref="PtxFaultException">It is not.</exception>
    public void Check(ulong address, int bytes, int thread)
    {
        if (_last is null || !_last.Holds(address, bytes))
            _last = regions.FirstOrDefault(r => r.Holds(address, bytes)) ?? throw Outside(address, bytes, thread);
        if (address % (ulong)bytes != 0)
            throw new PtxFaultException($"thread {thread} accesses {bytes} bytes at {Place(address)}, {space} address {address} is no multiple of {bytes}");
    }

    /// <summary>Reads an element of a checked access.</summary>
    public abstract ulong Read(ulong address, int bytes, int thread);

    /// <summary>Writes an element of a checked access.</summary>
    public abstract void Write(ulong address, int bytes, ulong value, int thread);

    /// <summary>Changes an element of a checked access at once, whoever else does.</summary>
    /// <returns>The old value.</returns>
    public abstract ulong Change(ulong address, int bytes, Func<ulong, ulong> change, int thread);

    /// <summary>An address as faults name it.</summary>
    protected string Place(ulong address)
    {
        PtxRegion? region = regions.FirstOrDefault(r => r.Holds(address, 1));
        return region is null ? $"{space} address {address}" : $"byte {address - region.Start} of {region.Name}";
    }

    private PtxFaultException Outside(ulong address, int bytes, int thread)
    {
        PtxRegion? nearest = regions.MinBy(r => Math.Min(Distance(address, r.Start), Distance(address, r.Start + r.Size)));
        string place = nearest is null
            ? "there is none"
            : $"which is byte {(long)(address - nearest.Start)} of {nearest.Name}, of {nearest.Size} bytes";
        return new($"thread {thread} accesses {bytes} bytes outside of {space} memory, {place}");
    }

    private static ulong Distance(ulong a, ulong b) => a > b ? a - b : b - a;
}
