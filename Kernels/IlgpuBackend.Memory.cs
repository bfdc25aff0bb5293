using ILGPU;
using ILGPU.Runtime;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>Values between host and device.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public override unsafe void Upload(View to, ReadOnlySpan<double> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Float32);
        fixed (double* first = values)
        {
            double* source = first;
            Upload<float>(Destination(to), (start, piece) =>
            {
                for (int k = 0; k < piece.Length; k++)
                    piece[k] = (float)source[start + k];
            });
        }
    }

    /// <inheritdoc/>
    public override void Upload(View to, ReadOnlySpan<float> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Float32);
        Upload(Destination(to), values);
    }

    /// <inheritdoc/>
    public override void Upload(View to, ReadOnlySpan<int> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Int32);
        Upload(Integers(to), values);
    }

    /// <inheritdoc/>
    public override void Download(View from, Span<double> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Float32);
        float[] room = new float[values.Length];
        Download(Reals(from), room);
        for (int k = 0; k < room.Length; k++)
            values[k] = room[k];
    }

    /// <inheritdoc/>
    public override void Download(View from, Span<float> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Float32);
        Download(Reals(from), values);
    }

    /// <inheritdoc/>
    public override void Download(View from, Span<int> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Int32);
        Download(Integers(from), values);
    }

    /// <inheritdoc/>
    public override void Copy(View to, View from)
    {
        if (to.Buffer.Kind == ElementKind.Int32)
            Launch(new CopyKernel<int>(Integers(to), Integers(from)), to.Count);
        else
            Launch(new CopyKernel<float>(Destination(to), Reals(from)), to.Count);
    }

    /// <inheritdoc/>
    public override void Fill(View to, double value) => Launch(new FillKernel(Destination(to), (float)value), to.Count);

    private unsafe void Upload<T>(ArrayView<T> to, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        fixed (T* first = values)
        {
            T* source = first;
            Upload<T>(to, (start, piece) => new ReadOnlySpan<T>(source + start, piece.Length).CopyTo(piece));
        }
    }

    private void Upload<T>(ArrayView<T> to, Writer<T> write)
        where T : unmanaged
    {
        try
        {
            _uploads.Upload(to, write);
        }
        catch (AcceleratorException e)
        {
            throw DeviceFailure.Of(Name, "an upload, or the computation before it,", e);
        }
    }

    private unsafe void Download<T>(ArrayView<T> from, Span<T> values)
        where T : unmanaged
    {
        try
        {
            // ILGPU does not pin what it is given: a collection in the middle would move it away.
            fixed (T* first = values)
            {
                from.CopyToCPU(_accelerator.DefaultStream, ref *first, values.Length);
                _accelerator.DefaultStream.Synchronize();
            }
        }
        catch (AcceleratorException e)
        {
            throw DeviceFailure.Of(Name, "the computation before a download", e);
        }
    }
}
