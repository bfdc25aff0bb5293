using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>Runs kernels on an accelerator's one stream. Each is compiled when it first runs, and kept.</summary>
/// <param name="name">The device, as errors name it.</param>
/// <param name="accelerator">The accelerator.</param>
/// <param name="hasSlowThreads">Whether threads are slow; by default they are where they are simulated.</param>
internal sealed class IlgpuRunner(string name, Accelerator accelerator, bool? hasSlowThreads = null) : KernelRunner
{
    private const int ElementThreads = DeviceList.LeastGroupThreads;

    // ILGPU's simulator makes each thread of a group one of the system's.
    private const int SimulatedThreads = 4;

    // By the type of the kernel. ILGPU keeps its own cache by weak references.
    private readonly Dictionary<Type, Delegate> _kernels = [];
    private string? _failure;

    public override int KernelCount => _kernels.Count;

    public override bool HasSlowThreads { get; } = hasSlowThreads ?? accelerator.AcceleratorType == AcceleratorType.CPU;

    public override int RowThreads => HasSlowThreads ? SimulatedThreads : RowGroup.MaximumSize;

    public override void RunElements<TKernel>(in TKernel kernel, int count)
    {
        int threads = HasSlowThreads ? SimulatedThreads : ElementThreads;
        int groups = HasSlowThreads ? 1 : (int)(((long)count + threads - 1) / threads);
        Action<KernelConfig, TKernel, int> run = Loaded<TKernel, Action<KernelConfig, TKernel, int>>(
            static accelerator => accelerator.LoadStreamKernel<TKernel, int>(KernelEntry.RunElements));
        try
        {
            run(new KernelConfig(groups, threads), kernel, count);
        }
        catch (AcceleratorException e)
        {
            throw LaunchFailed<TKernel>(e);
        }
    }

    public override void RunGroups<TKernel>(in TKernel kernel, Index3D groups, int threads)
    {
        Action<KernelConfig, TKernel> run = Loaded<TKernel, Action<KernelConfig, TKernel>>(
            static accelerator => accelerator.LoadStreamKernel<TKernel>(KernelEntry.RunGroup));
        try
        {
            run(new KernelConfig(groups, new Index3D(threads, 1, 1)), kernel);
        }
        catch (AcceleratorException e)
        {
            throw LaunchFailed<TKernel>(e);
        }
    }

    private DeviceException LaunchFailed<TKernel>(AcceleratorException error) =>
        DeviceFailure.Of(name, $"launching {typeof(TKernel).Name}", error);

    private TLauncher Loaded<TKernel, TLauncher>(Func<Accelerator, TLauncher> load)
        where TLauncher : Delegate
    {
        if (_kernels.TryGetValue(typeof(TKernel), out Delegate? loaded))
            return (TLauncher)loaded;

        // A kernel that is refused leaves ILGPU's context unable to compile others, with errors that say nothing.
        if (_failure is not null)
            throw new DeviceException($"{name}: closed to further kernels: {_failure}");
        try
        {
            long start = Stopwatch.GetTimestamp();
            TLauncher launcher = load(accelerator);
            CompileTime += Stopwatch.GetElapsedTime(start);
            _kernels.Add(typeof(TKernel), launcher);
            return launcher;
        }
        catch (Exception e) when (e is InternalCompilerException or ArgumentException or NotSupportedException or TypeLoadException or AcceleratorException)
        {
            _failure = $"the kernel {typeof(TKernel)} cannot be compiled: {e.GetBaseException().Message}";
            throw new DeviceException(
                $"{name}: {_failure}; cells, maps and rules of one's own must be public here, hold no bool (but Flag) and throw nothing", e);
        }
    }
}
