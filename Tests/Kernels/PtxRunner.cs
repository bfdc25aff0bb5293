using ILGPU;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>Runs kernels by interpreting the PTX that ILGPU makes of them.</summary>
/// <param name="capability">The capability of the device that is played, such as 80.</param>
/// <param name="change">What is done to each text before: tests plant faults.</param>
internal sealed class PtxRunner(int capability, Func<string, string>? change = null) : KernelRunner
{
    // Two warps, so that small shapes have several groups, and groups several warps.
    private const int ElementThreads = 64;

    private readonly Dictionary<Type, PtxKernel> _kernels = [];

    // By address, the last view that began there. Memory that is rented is filled first, since it is poisoned.
    private readonly SortedDictionary<ulong, PtxRegion> _views = [];

    /// <summary>Kernels that ran.</summary>
    public IReadOnlyCollection<Type> Executed => _kernels.Keys;

    /// <summary>Instructions that warps executed.</summary>
    public long Instructions { get; private set; }

    public override int KernelCount => _kernels.Count;

    public override int RowThreads => RowGroup.MaximumSize;

    public override bool HasSlowThreads => false;

    public override void RunElements<TKernel>(in TKernel kernel, int count) => Run(
        typeof(TKernel), new KernelArguments(kernel, count), new Index3D((count + ElementThreads - 1) / ElementThreads, 1, 1), ElementThreads);

    public override void RunGroups<TKernel>(in TKernel kernel, Index3D groups, int threads) =>
        Run(typeof(TKernel), new KernelArguments(kernel), groups, threads);

    private void Run(Type kernel, KernelArguments arguments, Index3D groups, int threads)
    {
        if (!_kernels.TryGetValue(kernel, out PtxKernel? loaded))
        {
            string text = PtxCompiler.All(capability)[kernel];
            loaded = PtxKernel.Load(change is null ? text : change(text));
            _kernels.Add(kernel, loaded);
        }

        foreach (PtxRegion view in arguments.Regions)
            _views[view.Start] = view;
        PtxRegion[] regions = [.. arguments.Regions, .. arguments.Numbers.SelectMany(n => Around(n.Name, n.Value))];
        var launch = new PtxLaunch(loaded, arguments.Bytes, new PtxGlobalMemory(regions), groups.X, groups.Y, groups.Z, threads);
        try
        {
            launch.Run();
        }
        catch (PtxFaultException fault)
        {
            throw new InvalidOperationException($"{KernelTypes.Name(kernel)}: {fault.Message}", fault);
        }

        Instructions += launch.Executed;
    }

    // Programs with addresses of their own get them as numbers: what may be used begins there and ends where the view does that is there.
    private IEnumerable<PtxRegion> Around(string name, ulong address) => _views.Values
        .Where(v => v.Holds(address, 1))
        .Select(v => new PtxRegion(name, address, v.Start + v.Size - address));
}
