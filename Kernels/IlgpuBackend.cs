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
    private const int ThreadsOfElements = 256;

    // ILGPU's simulator makes each thread of a group one of the system's: few threads that do much are fast there, 256 take 30 ms a launch.
    private const int SimulatedThreads = 4;

    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly UploadRing _uploads;
    private readonly Dictionary<Type, Delegate> _kernels = [];
    private readonly int _threadsOfElements;
    private readonly int _threadsOfRow;
    private readonly long _mostGroups;
    private bool _isDisposed;

    internal IlgpuBackend(string name, Context context, Accelerator accelerator, BackendOptions options)
        : base(options)
    {
        Name = name;
        _context = context;
        _accelerator = accelerator;
        _uploads = new(accelerator);
        IsSimulated = accelerator.AcceleratorType == AcceleratorType.CPU;
        _threadsOfElements = IsSimulated ? SimulatedThreads : ThreadsOfElements;
        _threadsOfRow = IsSimulated ? SimulatedThreads : RowGroup.MaximumSize;
        _mostGroups = IsSimulated ? 1 : long.MaxValue;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ElementKind Real => ElementKind.Float32;

    private bool IsSimulated { get; }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        base.Dispose();
        _uploads.Dispose();
        _accelerator.Dispose();
        _context.Dispose();
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
            throw new InsufficientMemoryException($"{Name}: {e.Message}", e);
        }
    }

    private void Launch<TKernel>(in TKernel kernel, long elements)
        where TKernel : struct, IElementKernel
    {
        int groups = (int)Math.Min(_mostGroups, (elements + _threadsOfElements - 1) / _threadsOfElements);
        Action<KernelConfig, TKernel, int> run = Loaded<TKernel, Action<KernelConfig, TKernel, int>>(
            static accelerator => accelerator.LoadStreamKernel<TKernel, int>(KernelEntry.RunElements));
        run(new KernelConfig(groups, _threadsOfElements), kernel, checked((int)elements));
    }

    // One group for each row.
    private void LaunchRows<TKernel>(in TKernel kernel, long rows)
        where TKernel : struct, IGroupKernel => Launch(kernel, new Index3D((int)rows, 1, 1), _threadsOfRow);

    private void Launch<TKernel>(in TKernel kernel, Index3D groups, int threads)
        where TKernel : struct, IGroupKernel
    {
        Action<KernelConfig, TKernel> run = Loaded<TKernel, Action<KernelConfig, TKernel>>(
            static accelerator => accelerator.LoadStreamKernel<TKernel>(KernelEntry.RunGroup));
        run(new KernelConfig(groups, new Index3D(threads, 1, 1)), kernel);
    }

    private TLauncher Loaded<TKernel, TLauncher>(Func<Accelerator, TLauncher> load)
        where TLauncher : Delegate
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_kernels.TryGetValue(typeof(TKernel), out Delegate? loaded))
            return (TLauncher)loaded;
        try
        {
            TLauncher launcher = load(_accelerator);
            _kernels.Add(typeof(TKernel), launcher);
            return launcher;
        }
        catch (Exception e) when (e is InternalCompilerException or ArgumentException or NotSupportedException or AcceleratorException)
        {
            throw new DeviceException($"{Name}: the kernel {typeof(TKernel).Name} cannot be compiled: {e.GetBaseException().Message}", e);
        }
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
