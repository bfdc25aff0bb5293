using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>What outlives a run or an exception, and what must not.</summary>
public sealed class TrainerStateTests
{
    private static readonly TrainingOptions _plain = new() { Steps = 3, Optimizer = new Adam() };

    [Test]
    public void Run_TwoCallbacksWithOneNote_NamesIt()
    {
        using var device = new ReferenceBackend();
        using var folder = new FileFolder();
        using var run = new TinyRun(device, folder.Path, [new StopOnPlateau(patience: 3)]);

        Assert.That(
            () => run.Trainer.Run(),
            Throws.InvalidOperationException.With.Message.Contains("'stopOnPlateau.misses'"));
    }

    [Test]
    public void Constructor_OptionsOfAnEarlierRun_BeginAnew()
    {
        using var device = new ReferenceBackend();
        using var folder = new FileFolder();
        using var first = new TinyRun(device, folder.Path, stopping: new StopOnPlateau(patience: 2, minimumDelta: 10));
        TrainingOptions options = first.Trainer.Options;
        Assert.That(first.Trainer.Run().Steps, Is.EqualTo(12));
        Assert.That(options.Schedule.FactorAt(0), Is.LessThan(1), "or nothing is shown");

        using Sequential model = TinyRun.NewModel(device);
        using var second = new LanguageModelTrainer(model, TinyRun.NewWindows(), options);

        Assert.That(options.Schedule.FactorAt(0), Is.EqualTo(1));
        Assert.That(second.Run().Steps, Is.EqualTo(12));
    }

    [Test]
    public void Run_AfterAnException_RefusesUntilRestored()
    {
        using var device = new ReferenceBackend();
        using var folder = new FileFolder();
        using var undisturbed = new TinyRun(device, Directory.CreateDirectory(folder["whole"]).FullName);
        undisturbed.Trainer.Run();
        bool isSpoilt = true;
        var spoil = new AfterValidation(8, _ =>
        {
            if (isSpoilt)
                throw new DeviceException("no more memory");
        });
        using var run = new TinyRun(device, Directory.CreateDirectory(folder["spoilt"]).FullName, [spoil]);
        Assert.That(() => run.Trainer.Run(), Throws.InstanceOf<DeviceException>());
        isSpoilt = false;

        Assert.That(() => run.Trainer.Run(), Throws.InvalidOperationException.With.Message.Contains("Restore"));
        run.Trainer.Restore(run.CheckpointPath);
        run.Trainer.Run();
        Assert.That(run.Results, Is.EqualTo(undisturbed.Results));
    }

    [Test]
    public void Constructor_AnyRentFails_ReturnsTheOthers()
    {
        int failures = 0;
        for (long limit = 1_000; ; limit += 250)
        {
            using var device = new ReferenceBackend(BackendOptions.Default with { MemoryLimitBytes = limit });
            using var model = new Sequential(
                new Model.Embedding(7, 5), new Lstm(8, returnSequences: true), new Dense(7));
            try
            {
                model.Build(device, seed: 1);
            }
            catch (DeviceException)
            {
                continue;
            }

            int before = device.Pool.Statistics.Outstanding;
            try
            {
                using var trainer = new LanguageModelTrainer(model, TinyRun.NewWindows(), _plain);
                break;
            }
            catch (DeviceException)
            {
                failures++;
                Assert.That(device.Pool.Statistics.Outstanding, Is.EqualTo(before), $"limit {limit}");
            }
        }

        Assert.That(failures, Is.GreaterThan(5));
    }
}
