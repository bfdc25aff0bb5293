namespace MiniLstm.Tests;

/// <summary>One asynchronous copy.</summary>
/// <param name="To">Where in shared memory.</param>
/// <param name="From">Where in global memory.</param>
/// <param name="Bytes">How many are written.</param>
/// <param name="BytesRead">How many are read; the rest are 0.</param>
/// <param name="Line">The line that began it.</param>
public readonly record struct PtxCopy(ulong To, ulong From, int Bytes, int BytesRead, int Line);

/// <summary>The asynchronous copies of one thread, in the groups that it put them in.</summary>
/// <param name="group">The group that the thread is part of.</param>
/// <param name="thread">The thread.</param>
public sealed class PtxCopyQueue(PtxGroup group, int thread)
{
    private readonly Queue<List<PtxCopy>> _committed = [];
    private List<PtxCopy> _open = [];

    /// <summary>Forgets all copies.</summary>
    public void Clear()
    {
        _committed.Clear();
        _open.Clear();
    }

    /// <summary>Begins a copy.</summary>
    public void Begin(PtxCopy copy)
    {
        if (copy.BytesRead < 0 || copy.BytesRead > copy.Bytes)
            throw new PtxFaultException($"thread {thread} reads {copy.BytesRead} bytes for a copy of {copy.Bytes}");
        if (copy.BytesRead > 0)
            group.Launch.Global.Check(copy.From, copy.Bytes, thread);
        group.Shared.Check(copy.To, copy.Bytes, thread);
        group.Shared.BeginCopy(copy.To, copy.Bytes, thread, copy.Line);
        _open.Add(copy);
    }

    /// <summary>Makes a group of the copies since the last one.</summary>
    public void Commit()
    {
        _committed.Enqueue(_open);
        _open = [];
    }

    /// <summary>Waits until at most so many groups are under way.</summary>
    public void Wait(int left)
    {
        while (_committed.Count > left)
            _committed.Dequeue().ForEach(End);
    }

    private void End(PtxCopy copy)
    {
        Span<byte> values = stackalloc byte[copy.Bytes];
        values.Clear();
        for (int k = 0; k < copy.BytesRead; k++)
            values[k] = (byte)group.Launch.Global.Read(copy.From + (ulong)k, 1, thread);
        group.Shared.EndCopy(copy.To, values, thread);
    }
}
