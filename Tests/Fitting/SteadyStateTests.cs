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

        public override void OnReport(LanguageModelTrainer trainer, StepReport report)
        {
            DeviceAllocations.Add(trainer.Model.Device.Pool.Statistics.Allocations);
            ManagedBytes.Add(GC.GetAllocatedBytesForCurrentThread());
        }
    }
}
