using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Bench;

/// <summary>Measures one device.</summary>
/// <param name="info">What it is.</param>
/// <param name="open">Opens it, to compute in a precision that it has.</param>
/// <param name="seconds">How long to measure each figure.</param>
internal sealed class DeviceMeasurement(DeviceInfo info, Func<ProductPrecision, Backend> open, double seconds)
{
    // Rounds of the kernel that shows the peak: how many are enough, and how many too long, depends on the device.
    private static readonly int[] _rounds = [1, 16, 256, 4096];

    // Elements for each thread of one full group on each multiprocessor: as many as fill those that run several groups at a time, twice.
    private const int ElementsOfThread = 4;

    /// <summary>Measures everything that a run takes long enough for, and not too long.</summary>
    /// <exception cref="DeviceException">The device does not start, or what it must do fails.</exception>
    public DeviceFigures Measure()
    {
        using Backend device = open(ProductPrecision.Float32);
        using var timer = new DeviceTimer(device, seconds);
        Tell("launches");
        double launch = timer.Seconds(timer.Launch);
        double awaited = timer.Seconds(timer.LaunchAndWait);
        Tell("copies");
        CopyFigures[] copies = MeasureCopies(device, timer);
        Tell("the peak");
        (double peak, double memory) = MeasureRoofs(device, timer, copies);
        Tell("products");
        WorkFigures[] products = [.. MeasureProducts(device, timer, DeviceCases.Products, WorkFigures.FullPrecision), .. MeasureTensorCores()];
        Tell("layers");
        WorkFigures[] layers = MeasureLayers(device, timer);
        Tell("training steps");
        WorkFigures[] steps = MeasureSteps();
        return new(
            info.Name,
            info.Hardware,
            info.Driver,
            info.MemoryBytes,
            info.Multiprocessors,
            peak,
            memory,
            launch * 1e6,
            awaited * 1e6,
            copies,
            [.. products.Select(WithShare)],
            [.. layers.Select(WithShare)],
            [.. steps.Select(WithShare)]);

        WorkFigures WithShare(WorkFigures work) => work with { ShareOfPeak = work.Gigaflops / peak };
    }

    private CopyFigures[] MeasureCopies(Backend device, DeviceTimer timer)
    {
        TimeBudget up = new(seconds), down = new(seconds), across = new(seconds);
        return [.. DeviceCases.Copies.Select(bytes =>
        {
            int count = (int)(bytes / sizeof(float));
            float[] values = new float[count];
            View from = device.Pool.Rent([count], "what is copied");
            View to = device.Pool.Rent([count], "the copy");
            device.Fill(from, 1);
            var figures = new CopyFigures(
                bytes,
                Speed(up, bytes, () => device.Upload(from, values)),
                Speed(down, bytes, () => device.Download(from, values)),
                Speed(across, 2 * bytes, () => device.Copy(to, from)));
            device.Pool.Return(to);
            device.Pool.Return(from);
            return figures;
        })];

        double? Speed(TimeBudget budget, double moved, Action copy)
        {
            if (budget.WhyNot(moved) is not null)
                return null;
            double took = timer.Seconds(copy);
            budget.Learn(moved, took);
            return moved / took / 1e9;
        }
    }

    private (double Gigaflops, double GigabytesPerSecond) MeasureRoofs(Backend device, DeviceTimer timer, CopyFigures[] copies) => device switch
    {
        // A copy of the host's backend runs on one thread; copying reads and writes.
        HostBackend host => (PeakArithmetic.Gigaflops(host.Threads), 2 * MemorySpeed.Of(DeviceCases.Copies[^1], host.Threads).Copy),
        IlgpuBackend accelerator => (Peak(accelerator, timer), copies.Last(copy => copy.OnDeviceGigabytesPerSecond > 0).OnDeviceGigabytesPerSecond ?? 0),
        _ => throw new InvalidOperationException($"{device.Name} has no peak that could be measured"),
    };

    private double Peak(IlgpuBackend device, DeviceTimer timer)
    {
        int elements = info.Multiprocessors * info.GroupThreads * ElementsOfThread;
        View sums = device.Pool.Rent([elements], "sums");
        var budget = new TimeBudget(seconds);
        double peak = 0;
        foreach (int rounds in _rounds)
        {
            double operations = (double)elements * rounds * PeakKernel.OperationsOfRound;
            if (budget.WhyNot(operations) is not null)
                break;
            double took = timer.Seconds(() => device.MultiplyInRegisters(sums, rounds));
            budget.Learn(operations, took);
            peak = Math.Max(peak, operations / took / 1e9);
        }

        device.Pool.Return(sums);
        return peak;
    }

    private IEnumerable<WorkFigures> MeasureTensorCores() => info.HasTensorCores
        ? [.. MeasureTensorCores(ProductPrecision.Tf32, "tf32"), .. MeasureTensorCores(ProductPrecision.BFloat16, "bf16")]
        : [];

    // Those products that are too small for tensor cores are not repeated.
    private WorkFigures[] MeasureTensorCores(ProductPrecision precision, string name)
    {
        Tell($"products in {name}");
        using Backend device = open(precision);
        using var timer = new DeviceTimer(device, seconds);
        return device is IlgpuBackend accelerator
            ? MeasureProducts(device, timer, DeviceCases.Products.Where(shape => accelerator.IsForTensorCores(shape.M, shape.N, shape.K)), name)
            : throw new InvalidOperationException($"{device.Name} has no tensor cores");
    }

    private WorkFigures[] MeasureProducts(Backend device, DeviceTimer timer, IEnumerable<ProductShape> shapes, string precision)
    {
        var budget = new TimeBudget(seconds);
        return [.. shapes.Select(shape => Measured(
            new($"{shape}", shape.FloatingPointOperations / shape.Bytes, Precision: precision), shape.FloatingPointOperations, budget, () =>
            {
                ProductShape.Operands operands = shape.Rent(device);
                double took = timer.Seconds(operands.Multiply);
                operands.Return();
                return took;
            }))];
    }

    private WorkFigures[] MeasureLayers(Backend device, DeviceTimer timer)
    {
        TimeBudget forward = new(seconds), both = new(seconds);
        return [.. DeviceCases.Layers.SelectMany(shape => new[]
        {
            Measure(shape, "forward", 1, forward, layer => layer.Forward),
            Measure(shape, "and backward", 3, both, layer => layer.ForwardAndBackward),
        })];

        WorkFigures Measure(LayerShape shape, string passes, int products, TimeBudget budget, Func<BareLayer, Action> once) => Measured(
            new($"{shape} {passes}", shape.ForwardOperations / shape.ForwardBytes), products * shape.ForwardOperations, budget, () =>
            {
                using var layer = new BareLayer(shape, device);
                return timer.Seconds(once(layer));
            });
    }

    // Each on a device opened anew, so that the peak of its memory is its own.
    private WorkFigures[] MeasureSteps()
    {
        var budget = new TimeBudget(seconds);
        return [.. DeviceCases.Steps.Select(shape =>
        {
            long bytes = 0;
            WorkFigures work = Measured(new($"{shape}"), shape.FloatingPointOperations, budget, () =>
            {
                using Backend device = open(ProductPrecision.Float32);
                using var timer = new DeviceTimer(device, seconds);
                using var steps = new BareSteps(shape, device);
                double took = timer.Seconds(steps.Step);
                bytes = device.Pool.Statistics.PeakBytes;
                return took;
            });
            return work.Milliseconds is { } milliseconds
                ? work with { TokensPerSecond = shape.Tokens / milliseconds * 1e3, PeakBytes = bytes }
                : work;
        })];
    }

    private static WorkFigures Measured(WorkFigures work, double operations, TimeBudget budget, Func<double> seconds)
    {
        if (budget.WhyNot(operations) is { } reason)
            return work with { LeftOut = reason };
        try
        {
            double took = seconds();
            budget.Learn(operations, took);
            return work with { Milliseconds = took * 1e3, Gigaflops = operations / took / 1e9 };
        }
        catch (DeviceException e)
        {
            return work with { LeftOut = e.Message };
        }
    }

    private void Tell(string what) => Console.Error.WriteLine($"{info.Name}: measuring {what}");
}
