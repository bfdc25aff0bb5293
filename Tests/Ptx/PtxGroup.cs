namespace MiniLstm.Tests;

/// <summary>The threads that share memory and meet at barriers; the same object serves one group of a grid after another.</summary>
public sealed class PtxGroup
{
    private readonly PtxWarp[] _warps;

    /// <summary>The groups of a launch.</summary>
    public PtxGroup(PtxLaunch launch)
    {
        Launch = launch;
        Shared = new(launch.Kernel.SharedArrays);
        Copies = [.. Enumerable.Range(0, launch.Threads).Select(thread => new PtxCopyQueue(this, thread))];
        int warps = (launch.Threads + PtxWarp.Size - 1) / PtxWarp.Size;
        _warps = [.. Enumerable.Range(0, warps).Select(k => new PtxWarp(this, k * PtxWarp.Size))];
    }

    /// <summary>The launch.</summary>
    public PtxLaunch Launch { get; }

    /// <summary>The shared memory.</summary>
    public PtxSharedMemory Shared { get; }

    /// <summary>Asynchronous copies, by thread.</summary>
    public IReadOnlyList<PtxCopyQueue> Copies { get; }

    /// <summary>The place in the grid, along its first axis.</summary>
    public int X { get; private set; }

    /// <summary>Along its second.</summary>
    public int Y { get; private set; }

    /// <summary>Along its third.</summary>
    public int Z { get; private set; }

    /// <summary>The place in the grid.</summary>
    public string Name => $"({X}, {Y}, {Z})";

    /// <summary>Runs all threads of a group to their end.</summary>
    public void Run(int x, int y, int z)
    {
        (X, Y, Z) = (x, y, z);
        Shared.Start();
        foreach (PtxCopyQueue copies in Copies)
            copies.Clear();
        foreach (PtxWarp warp in _warps)
            warp.Start();
        do
        {
            foreach (PtxWarp warp in _warps)
                warp.Run();
        }
        while (PassBarrier());
    }

    // Whether all threads have met at a barrier, and go on; otherwise all have ended.
    private bool PassBarrier()
    {
        if (_warps.All(w => w.Ended == w.Threads))
            return false;
        PtxWarp first = _warps.First(w => w.Waiting.Count > 0);
        int place = first.Waiting[0].Next;
        foreach (PtxWarp warp in _warps)
        {
            uint met = warp.Waiting.Where(s => s.Next == place).Aggregate(0u, (lanes, strand) => lanes | strand.Lanes);
            if (met != warp.Threads)
                throw Apart(place, warp, warp.Threads & ~met);
        }

        Shared.NextInterval();
        foreach (PtxWarp warp in _warps)
            warp.Release();
        return true;
    }

    private PtxFaultException Apart(int place, PtxWarp warp, uint lanes)
    {
        uint ended = warp.Ended & lanes;
        string threads = LaneSet.Describe(ended != 0 ? ended : lanes, warp.FirstThread);
        string elsewhere = ended != 0
            ? "have ended"
            : $"wait at line {Launch.Kernel.Instructions[warp.Waiting.First(s => (s.Lanes & lanes) != 0).Next - 1].Statement.Line}";
        return new(Launch.Kernel.Instructions[place - 1].Statement, $"group {Name}: some threads wait at this barrier, threads {threads} {elsewhere}");
    }
}
