using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MiniLstm.Engine;

/// <summary>The host backend for one kind of lanes.</summary>
/// <remarks>Pointers stay inside this class: an operation has checked all shapes before, so that every index below a view's count is in
/// range.</remarks>
/// <typeparam name="TLanes">The lanes.</typeparam>
[SkipLocalsInit] // Room on the stack is written before it is read.
internal sealed unsafe partial class HostBackend<TLanes>(HostOptions options) : HostBackend(options)
    where TLanes : struct, ILanes<TLanes>
{
    private const MethodImplOptions Hot = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Width = ILanes<TLanes>.Width;

    // Below so many elements a fork costs more than the second thread saves.
    private const long ElementsWorthAFork = 16 * 1024;

    private uint _buffersMade;

    public override string Vectors => typeof(TLanes) == typeof(Lanes16) ? "1 x 512 bits"
        : typeof(TLanes) == typeof(Lanes8x2) ? "2 x 256 bits" : "4 x 128 bits";

    protected internal override DeviceBuffer Allocate(long count, ElementKind kind) => new HostBuffer(count, kind, _buffersMade++);

    public override void Upload(View to, ReadOnlySpan<double> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Float32);
        float* destination = Destination(to);
        for (int k = 0; k < values.Length; k++)
            destination[k] = (float)values[k];
    }

    public override void Upload(View to, ReadOnlySpan<float> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Float32);
        values.CopyTo(new Span<float>(Destination(to), values.Length));
    }

    public override void Upload(View to, ReadOnlySpan<int> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Int32);
        values.CopyTo(new Span<int>(Integers(to), values.Length));
    }

    public override void Upload(View to, Action<Span<double>> compute)
    {
        // Not an array: one of this size would lie in the managed heap for good, since a run makes too little garbage to be collected.
        int count = checked((int)to.Count);
        double* room = (double*)NativeMemory.AllocZeroed((nuint)count, sizeof(double));
        try
        {
            var values = new Span<double>(room, count);
            compute(values);
            Upload(to, values);
        }
        finally
        {
            NativeMemory.Free(room);
        }
    }

    public override void Upload(View to, Action<Span<float>> write) => write(new(Destination(to), checked((int)to.Count)));

    public override void Download(View from, Span<double> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Float32);
        float* source = Reals(from);
        int width = Vector256<float>.Count;
        int k = 0;
        for (; k <= values.Length - width; k += width)
        {
            (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(Vector256.Load(source + k));
            lower.CopyTo(values[k..]);
            upper.CopyTo(values[(k + width / 2)..]);
        }

        for (; k < values.Length; k++)
            values[k] = source[k];
    }

    public override void Download(View from, Span<float> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Float32);
        new ReadOnlySpan<float>(Reals(from), values.Length).CopyTo(values);
    }

    public override void Download(View from, Action<ReadOnlySpan<float>> read)
    {
        int count = checked((int)from.Count);
        CheckTransfer(from, count, ElementKind.Float32);
        read(new ReadOnlySpan<float>(Reals(from), count));
    }

    public override void Download(View from, Span<int> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Int32);
        new ReadOnlySpan<int>(Integers(from), values.Length).CopyTo(values);
    }

    public override void Copy(View to, View from)
    {
        byte* destination = (byte*)Destination(to);
        byte* source = (byte*)Pointer(from);
        Split(to.Count, (start, count) => Buffer.MemoryCopy(
            source + start * sizeof(float), destination + start * sizeof(float), count * sizeof(float), count * sizeof(float)));
    }

    public override void Fill(View to, double value)
    {
        float* destination = Destination(to);
        float filler = (float)value;
        Split(to.Count, (start, count) => FillRange(destination + start, count, filler));
    }

    private static void FillRange(float* destination, long count, float value)
    {
        // Most often memory is cleared: by the system's own routine, fast from the first call on.
        if (BitConverter.SingleToUInt32Bits(value) == 0)
        {
            NativeMemory.Clear(destination, (nuint)count * sizeof(float));
            return;
        }

        // A span has at most 2^31 elements.
        const int Chunk = 1 << 30;
        for (; count > Chunk; count -= Chunk, destination += Chunk)
            new Span<float>(destination, Chunk).Fill(value);
        new Span<float>(destination, (int)count).Fill(value);
    }

    // The first cache line that begins in room on the stack, which is aligned to 16 bytes only: vectors across two lines take twice the time.
    [MethodImpl(Inline)]
    private static float* AlignToLine(float* room) => (float*)((nuint)((byte*)room + HostBuffer.CacheLine - 1) & ~(nuint)(HostBuffer.CacheLine - 1));

    // Pointers to the first element of a view; null for an absent one.
    private static float* Reals(View view) => (float*)Pointer(view);

    private static int* Integers(View view) => (int*)Pointer(view);

    // Where results go: what changes draws a new version, so that copies of it are made again.
    private static float* Destination(View view)
    {
        if (view.Exists && view.Buffer.Version != 0)
            view.Buffer.MarkChanged();
        return Reals(view);
    }

    private static void* Pointer(View view)
    {
        if (!view.Exists)
            return null;
        if (view.Buffer is not HostBuffer { Pointer: not null } buffer)
            throw new InvalidOperationException($"host: '{view.Buffer.Purpose}' is memory of another device, or was freed");
        return (float*)buffer.Pointer + view.Offset;
    }

    // Cuts a range into one contiguous part for each thread, at whole cache lines, if that is worth it.
    private void Split(long count, Action<long, long> part) => Split(count, Width, ElementsWorthAFork, part);

    private void Split(long count, long unit, long worthAFork, Action<long, long> part)
    {
        if (count < worthAFork || Workers.Count == 1)
        {
            part(0, count);
            return;
        }

        long units = (count + unit - 1) / unit;
        int workers = Workers.Count;
        Workers.Run(worker =>
        {
            long start = units * worker / workers * unit;
            long end = Math.Min(count, units * (worker + 1) / workers * unit);
            if (start < end)
                part(start, end - start);
        });
    }

    // Gives each thread some rows of a matrix.
    private void SplitRows(long rows, int columns, Action<long, long> part) =>
        Split(rows, 1, Math.Max(1, ElementsWorthAFork / columns), part);
}
