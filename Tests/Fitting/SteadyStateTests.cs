using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Backends without poison, whose guards allocate.</summary>
public sealed class SteadyStateTests
{
    private const int Steps = 100;

    [Test]
    public void Run_HostBackend_AllocatesNoDeviceMemoryAndLittleElse()
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = 2 });
        Check(device);
    }

    [Test]
    public void Run_ReferenceBackend_AllocatesNoDeviceMemoryAndLittleElse()
    {
        using var device = new ReferenceBackend();
        Check(device);
    }

    [Test]
    public void Run_TenThousandStepsWithEverything_TakeNoMoreMemoryThanOneThousand()
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = 2 });
        using var folder = new FileFolder();
        var usage = new Usage { ReadsMemory = true };
        using var run = new TinyRun(
            device,
            folder.Path,
            [usage],
            options => options with { Steps = 10_000, ReportEvery = 1000, ValidateEvery = 50, CheckpointEvery = 100 },
            new StopOnPlateau(patience: 10_000));

        run.Trainer.Run();

        Assert.That(usage.PoolBytes[^1], Is.EqualTo(usage.PoolBytes[0]), "bytes of the pool");
        Assert.That(usage.HeapBytes[^1] - usage.HeapBytes[0], Is.LessThan(200_000), "bytes of the managed heap");
        Assert.That(usage.ResidentBytes[^1] - usage.ResidentBytes[0], Is.LessThan(16_000_000), "resident bytes");
    }

    private static void Check(Backend device)
    {
        using var folder = new FileFolder();
        var usage = new Usage();
        using var run = new TinyRun(
            device,
            folder.Path,
            [usage],
            options => options with { Steps = Steps, ValidationIds = default, CheckpointEvery = Steps });

        run.Trainer.Run();

        Assert.That(usage.DeviceAllocations[^1], Is.EqualTo(usage.DeviceAllocations[0]), "device allocations");
        long bytes = usage.ManagedBytes[^1] - usage.ManagedBytes[0];
        Assert.That(bytes / (Steps - run.Trainer.Options.ReportEvery), Is.LessThan(20_000), "managed bytes a step");
    }

    private sealed class Usage : TrainingCallback
    {
        public List<long> DeviceAllocations { get; } = [];

        public List<long> ManagedBytes { get; } = [];

        public List<long> PoolBytes { get; } = [];

        public List<long> HeapBytes { get; } = [];

        public List<long> ResidentBytes { get; } = [];

        /// <summary>Whether to look at more than counters: it collects garbage first.</summary>
        public bool ReadsMemory { get; init; }

        public override void OnReport(LanguageModelTrainer trainer, StepReport report)
        {
            DeviceAllocations.Add(trainer.Model.Device.Pool.Statistics.Allocations);
            ManagedBytes.Add(GC.GetAllocatedBytesForCurrentThread());
            if (!ReadsMemory)
                return;
            PoolStatistics pool = trainer.Model.Device.Pool.Statistics;
            PoolBytes.Add(pool.LiveBytes + pool.CachedBytes);
            HeapBytes.Add(GC.GetTotalMemory(forceFullCollection: true));
            ResidentBytes.Add(Environment.WorkingSet);
        }
    }
}
