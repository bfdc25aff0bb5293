using System.Buffers.Binary;

namespace MiniLstm.Tests;

/// <summary>
/// The memory of one group. It knows of each byte whether it was written, by whom, and who read it since the last barrier: two threads that touch
/// one byte without a barrier between them, one of them writing, are a race, in whatever order they happened to run.
/// </summary>
/// <param name="regions">The arrays in it.</param>
public sealed class PtxSharedMemory(IReadOnlyList<PtxRegion> regions) : PtxMemory("shared", regions)
{
    // Instead of a thread.
    private const int Nobody = -1;
    private const int Several = -2;

    // Room for the widest access behind the last byte.
    private readonly byte[] _bytes = new byte[End(regions) + sizeof(ulong)];
    private readonly ByteState[] _states = new ByteState[End(regions)];
    private int _interval;

    /// <summary>Forgets everything: another group begins.</summary>
    public void Start()
    {
        Array.Clear(_states);
        NextInterval();
    }

    /// <summary>Notes that all threads of the group met at a barrier.</summary>
    public void NextInterval() => _interval++;

    /// <inheritdoc/>
    public override ulong Read(ulong address, int bytes, int thread)
    {
        for (int k = 0; k < bytes; k++)
            NoteRead(address + (ulong)k, thread);
        return Value(address, bytes);
    }

    /// <inheritdoc/>
    public override void Write(ulong address, int bytes, ulong value, int thread)
    {
        for (int k = 0; k < bytes; k++)
        {
            NoteWrite(address + (ulong)k, thread);
            _bytes[address + (ulong)k] = (byte)(value >> (8 * k));
        }
    }

    /// <inheritdoc/>
    public override ulong Change(ulong address, int bytes, Func<ulong, ulong> change, int thread)
    {
        for (int k = 0; k < bytes; k++)
            NoteChange(address + (ulong)k, thread);
        ulong old = Value(address, bytes);
        ulong changed = change(old);
        for (int k = 0; k < bytes; k++)
            _bytes[address + (ulong)k] = (byte)(changed >> (8 * k));
        return old;
    }

    /// <summary>A copy from global memory is under way: until it is waited for, what is there is nothing to be read.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="thread">Who copies.</param>
    /// <param name="line">The line that began it.</param>
    public void BeginCopy(ulong address, int bytes, int thread, int line)
    {
        for (int k = 0; k < bytes; k++)
        {
            NoteWrite(address + (ulong)k, thread);
            _states[address + (ulong)k].CopyLine = line;
        }
    }

    /// <summary>The copy was waited for.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="values">What was copied.</param>
    /// <param name="thread">Who waited.</param>
    public void EndCopy(ulong address, ReadOnlySpan<byte> values, int thread)
    {
        for (int k = 0; k < values.Length; k++)
        {
            _states[address + (ulong)k].CopyLine = 0;
            NoteWrite(address + (ulong)k, thread);
            _bytes[address + (ulong)k] = values[k];
        }
    }

    private static ulong End(IReadOnlyList<PtxRegion> regions) => regions.Count == 0 ? 0 : regions[^1].Start + regions[^1].Size;

    private ulong Value(ulong address, int bytes)
    {
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan((int)address));
        return bytes == sizeof(ulong) ? value : value & ((1UL << (8 * bytes)) - 1);
    }

    private void NoteRead(ulong address, int thread)
    {
        ref ByteState state = ref Current(address);
        if (!state.IsWritten)
            throw new PtxFaultException($"thread {thread} reads {Place(address)}, where nothing was written");
        if (state.Writer != Nobody && state.Writer != thread)
            throw Race(thread, "reads", address, state.Writer, "wrote");
        state.Reader = state.Reader == Nobody || state.Reader == thread ? thread : Several;
    }

    private void NoteWrite(ulong address, int thread)
    {
        ref ByteState state = ref Current(address);
        if (state.Writer != Nobody && state.Writer != thread)
            throw Race(thread, "writes", address, state.Writer, "wrote");
        if (state.Reader != Nobody && state.Reader != thread)
            throw Race(thread, "writes", address, state.Reader, "read");
        state.Writer = thread;
        state.IsWritten = true;
    }

    // Changes at once may meet one another, but neither reads nor writes.
    private void NoteChange(ulong address, int thread)
    {
        ref ByteState state = ref Current(address);
        if (!state.IsWritten)
            throw new PtxFaultException($"thread {thread} changes {Place(address)}, where nothing was written");
        if (state.Reader != Nobody && state.Reader != thread)
            throw Race(thread, "changes", address, state.Reader, "read");
        if (state.Writer != Nobody && state.Writer != thread && !state.IsChanged)
            throw Race(thread, "changes", address, state.Writer, "wrote");
        state.IsChanged = state.Writer != thread || state.IsChanged;
        state.Writer = state.Writer == Nobody || state.Writer == thread ? thread : Several;
    }

    // The state of a byte, as it is since the last barrier.
    private ref ByteState Current(ulong address)
    {
        ref ByteState state = ref _states[address];
        if (state.CopyLine != 0)
            throw new PtxFaultException($"{Place(address)} is the target of the copy of line {state.CopyLine}, which was not waited for");
        if (state.Interval != _interval)
        {
            state.Interval = _interval;
            state.Writer = Nobody;
            state.Reader = Nobody;
            state.IsChanged = false;
        }

        return ref state;
    }

    private PtxFaultException Race(int thread, string does, ulong address, int other, string did) => new(
        $"thread {thread} {does} {Place(address)}, which {(other == Several ? "several other threads" : $"thread {other}")} {did} since the last barrier");

    private struct ByteState
    {
        public bool IsWritten;
        public bool IsChanged;
        public int Interval;
        public int Writer;
        public int Reader;
        public int CopyLine;
    }
}
