using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace MiniLstm.Kernels;

/// <summary>
/// Page-locked memory that values wait in on their way to the device, used round and round: a copy out of it runs while the host goes on. Only when
/// a round is over does the host wait for the device, to be sure that the oldest values have left.
/// </summary>
internal sealed class UploadRing(Accelerator accelerator) : IDisposable
{
    // 4 MiB: the tokens, targets and scatter plans of tens of steps and more.
    private const int Capacity = 1 << 20;

    private readonly PageLockedArray1D<int> _room = accelerator.AllocatePageLocked1D<int>(Capacity);
    private int _next;

    /// <summary>Copies values to the device, in pieces where there are many.</summary>
    /// <typeparam name="T">float or int.</typeparam>
    /// <param name="to">Where.</param>
    /// <param name="write">Puts so many values, from a place on, into the room.</param>
    public void Upload<T>(ArrayView<T> to, Writer<T> write)
        where T : unmanaged
    {
        for (int start = 0; start < to.IntLength; start += Capacity)
        {
            int count = Math.Min(Capacity, to.IntLength - start);
            Span<T> piece = Next<T>(count);
            write(start, piece);
            to.SubView(start, count).CopyFromCPUUnsafeAsync(accelerator.DefaultStream, ref MemoryMarshal.GetReference(piece), count);
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _room.Dispose();

    private Span<T> Next<T>(int count)
        where T : unmanaged
    {
        if (_next + count > Capacity)
        {
            accelerator.DefaultStream.Synchronize();
            _next = 0;
        }

        Span<int> piece = _room.Span.Slice(_next, count);
        _next += count;
        return MemoryMarshal.Cast<int, T>(piece);
    }
}

/// <summary>Puts values into a piece of an upload.</summary>
/// <typeparam name="T">float or int.</typeparam>
/// <param name="start">The first value's number.</param>
/// <param name="piece">Room for as many as are wanted.</param>
internal delegate void Writer<T>(int start, Span<T> piece);
