using ILGPU;
using ILGPU.Runtime;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>A device that ILGPU computes on: CUDA, OpenCL, or ILGPU's own simulator of one on the processor.</summary>
/// <remarks>
/// Everything goes down one stream, in order, and the host waits only when it downloads. Kernels are compiled on first use and kept. One tensor has at
/// most 2^31 - 1 elements, since kernels index with 32 bits.
/// </remarks>
public sealed partial class IlgpuBackend : Backend
{
    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly UploadRing _uploads;
    private readonly KernelRunner _runner;
    private bool _isDisposed;

    internal IlgpuBackend(
        string name,
        Context context,
        Accelerator accelerator,
        KernelRunner runner,
        BackendOptions options,
        ProductPrecision precision = ProductPrecision.Float32)
        : base(options)
    {
        Precision = precision;
        Name = name;
        _context = context;
        _accelerator = accelerator;
        _uploads = new(accelerator);
        _runner = runner;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ElementKind Real => ElementKind.Float32;

    /// <inheritdoc/>
    public override bool DrawsVersions => true;

    /// <inheritdoc/>
    public override bool HasOwnMemory => true;

    /// <summary>How many kernels were compiled so far, each when it first ran.</summary>
    public int KernelCount => _runner.KernelCount;

    /// <summary>How long compiling them took.</summary>
    public TimeSpan CompileTime => _runner.CompileTime;

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;

        // First the queue is waited for: OpenCL's writes still read from the uploads' memory.
        DeviceFailure.Ignore(_accelerator.DefaultStream.Synchronize);
        base.Dispose();
        DeviceFailure.Ignore(_uploads.Dispose);
        DeviceFailure.Ignore(_accelerator.Dispose);
        DeviceFailure.Ignore(_context.Dispose);
    }

    /// <inheritdoc/>
    protected internal override DeviceBuffer Allocate(long count, ElementKind kind)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (count > int.MaxValue)
            throw new DeviceException($"{Name}: {count:N0} elements asked for at once, kernels index at most {int.MaxValue:N0}");
        try
        {
            MemoryBuffer memory = kind == ElementKind.Int32 ? _accelerator.Allocate1D<int>(count) : _accelerator.Allocate1D<float>(count);
            return new IlgpuBuffer(this, memory, count, kind);
        }
        catch (AcceleratorException e)
        {
            DeviceException failure = DeviceFailure.Of(Name, $"allocating {count:N0} elements", e);
            throw DeviceFailure.IsLackOfMemory(e) ? new InsufficientMemoryException(failure.Message, e) : failure;
        }
    }

    private void Launch<TKernel>(in TKernel kernel, long elements)
        where TKernel : struct, IElementKernel
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _runner.RunElements(kernel, checked((int)elements));
    }

    // One group for each row.
    private void LaunchRows<TKernel>(in TKernel kernel, long rows)
        where TKernel : struct, IGroupKernel => Launch(kernel, new Index3D(checked((int)rows), 1, 1), _runner.RowThreads);

    private void Launch<TKernel>(in TKernel kernel, Index3D groups, int threads)
        where TKernel : struct, IGroupKernel
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _runner.RunGroups(kernel, groups, threads);
    }

    private ArrayView<float> Reals(View view) => Memory<float>(view);

    private ArrayView<int> Integers(View view) => Memory<int>(view);

    // Where results go: what changes draws a new version, so that copies of it are made again.
    private ArrayView<float> Destination(View view)
    {
        if (view.Exists && view.Buffer.Version != 0)
            view.Buffer.MarkChanged();
        return Reals(view);
    }

    // An absent view is one of length 0.
    private ArrayView<T> Memory<T>(View view)
        where T : unmanaged
    {
        if (!view.Exists)
            return ArrayView<T>.Empty;
        if (view.Buffer is not IlgpuBuffer { Memory: { } memory } buffer || buffer.Owner != this)
            throw new InvalidOperationException($"{Name}: '{view.Buffer.Purpose}' is memory of another device, or was freed");
        return memory.AsArrayView<T>(view.Offset, view.Count);
    }
}
