using ILGPU;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>How many launches a recurrent layer takes.</summary>
public sealed class RecurrentLaunchTests
{
    private const int Time = 3;
    private const int Batch = 2;
    private const int Units = 2;

    [Test]
    public void Lstm_Forward_IsOneLaunchAStep()
    {
        LaunchCounter launches = null!;
        using IlgpuBackend device = GroupDevice.Open(runner => launches = new(runner));
        RecurrentViews views = Views(device);

        device.Recur(default(LstmCell), views);

        Assert.That(launches.Names, Is.EqualTo(Enumerable.Repeat("ProductAndStepKernel`2", Time)));
    }

    [Test]
    public void Lstm_Backward_IsOneLaunchAStepAndOneProductForTheWeights()
    {
        LaunchCounter launches = null!;
        using IlgpuBackend device = GroupDevice.Open(runner => launches = new(runner));
        RecurrentViews views = Views(device);
        var gradients = new RecurrentGradients
        {
            H = Zeros(device, [Time + 1, Batch, Units]),
            C = Zeros(device, [1, Batch, Units]),
            Weight = Zeros(device, [4 * Units, Units]),
        };
        launches.Names.Clear();

        device.RecurSlope(default(LstmCell), views, gradients);

        // The last step, which has no later one; the others; the gradient of the initial state; that of the weights.
        Assert.That(launches.Names[..Time], Is.EqualTo(
            (string[])["StepSlopeKernel`1", .. Enumerable.Repeat("ProductAndStepSlopeKernel`2", Time - 1)]));
        Assert.That(launches.Names[Time..], Has.Count.EqualTo(2).And.All.Contains("MatMul"));
    }

    private static RecurrentViews Views(IlgpuBackend device) => new()
    {
        Gates = Zeros(device, [Time, Batch, 4 * Units]),
        Weight = Zeros(device, [4 * Units, Units]),
        H = Zeros(device, [Time + 1, Batch, Units]),
        C = Zeros(device, [Time + 1, Batch, Units]),
        Units = Units,
    };

    private static View Zeros(IlgpuBackend device, Shape shape)
    {
        View view = device.Pool.Rent(shape, "zeros");
        device.Upload(view, new float[view.Count]);
        return view;
    }

    private sealed class LaunchCounter(KernelRunner inner) : KernelRunner
    {
        public List<string> Names { get; } = [];

        public override int KernelCount => inner.KernelCount;

        public override int RowThreads => inner.RowThreads;

        public override bool HasSlowThreads => inner.HasSlowThreads;

        public override void RunElements<TKernel>(in TKernel kernel, int count)
        {
            Names.Add(typeof(TKernel).Name);
            inner.RunElements(kernel, count);
        }

        public override void RunGroups<TKernel>(in TKernel kernel, Index3D groups, int threads)
        {
            Names.Add(typeof(TKernel).Name);
            inner.RunGroups(kernel, groups, threads);
        }
    }
}
