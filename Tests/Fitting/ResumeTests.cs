using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>A run that is interrupted anywhere and resumed ends with the same bytes as one that never was.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class ResumeTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Restore_KilledAtAnyMoment_EndsWithTheSameBytes()
    {
        using var folder = new FileFolder();
        string whole = Subfolder(folder, "killed-whole");
        var snapshots = new Snapshots(whole, Subfolder(folder, "killed"));
        string[] expected = Finish(whole, [snapshots]);

        Assert.That(snapshots.Folders, Has.Count.GreaterThan(10));
        foreach (string killed in snapshots.Folders.Where((_, k) => k % 3 == 0))
            Assert.That(Resume(killed), Is.EqualTo(expected), Path.GetFileName(killed));
    }

    [Test]
    public void Run_CancelledBetweenReports_SavesThatStepAndGoesOnWithTheSameBytes()
    {
        using var folder = new FileFolder();
        string[] expected = Finish(Subfolder(folder, "cancelled-whole"), []);

        string cancelled = Subfolder(folder, "cancelled");
        using (var cancellation = new CancellationTokenSource())
        using (var run = new TinyRun(Backend, cancelled, [new CancelInEpoch(2, cancellation)]))
        {
            TrainingResult result = run.Trainer.Run(cancellation.Token);

            // Windows 0 to 6 are the first epoch; the step in progress is finished.
            Assert.That((result.Outcome, result.Steps), Is.EqualTo((TrainingOutcome.Interrupted, 8L)));
            CheckpointHeader header = CheckpointFile.ReadHeader(run.CheckpointPath);
            Assert.That((header.Step, header.StepBudget), Is.EqualTo((8L, TinyRun.Steps)));
        }

        Assert.That(Resume(cancelled), Is.EqualTo(expected));
    }

    [Test]
    public void Restore_RunThatIsComplete_ChangesNothing()
    {
        using var folder = new FileFolder();
        string complete = Subfolder(folder, "complete");
        string[] expected = Finish(complete, []);

        Assert.That(Resume(complete), Is.EqualTo(expected));
    }

    [Test]
    public void Restore_RunThatStoppedEarly_StaysStopped()
    {
        using var folder = new FileFolder();
        string stopped = Subfolder(folder, "stopped");
        using (var first = new TinyRun(Backend, stopped, stopping: new StopOnPlateau(patience: 1, minimumDelta: 10)))
            first.Trainer.Run();
        using var run = new TinyRun(Backend, stopped, stopping: new StopOnPlateau(patience: 1, minimumDelta: 10));
        string[] expected = run.Results;
        run.Trainer.Restore(run.CheckpointPath);

        TrainingResult result = run.Trainer.Run();

        Assert.That((result.Outcome, result.Steps), Is.EqualTo((TrainingOutcome.Stopped, 8L)));
        Assert.That(run.Results, Is.EqualTo(expected));
    }

    private static string Subfolder(FileFolder folder, string name) => Directory.CreateDirectory(folder[name]).FullName;

    private string[] Finish(string folder, IEnumerable<TrainingCallback> callbacks)
    {
        using var run = new TinyRun(Backend, folder, callbacks);
        run.Trainer.Run();
        return run.Results;
    }

    private string[] Resume(string folder)
    {
        using var run = new TinyRun(Backend, folder);
        run.Trainer.Restore(run.CheckpointPath);
        run.Trainer.Run();
        return run.Results;
    }

    /// <summary>Copies the run's folder as a kill at each event would leave it.</summary>
    private sealed class Snapshots(string folder, string copies) : TrainingCallback
    {
        public List<string> Folders { get; } = [];

        public override void OnEpoch(LanguageModelTrainer trainer, long epoch) => Copy(trainer, "epoch");

        public override void OnReport(LanguageModelTrainer trainer, StepReport report) => Copy(trainer, "report");

        public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report) =>
            Copy(trainer, "validation");

        private void Copy(LanguageModelTrainer trainer, string name)
        {
            string path = Path.Combine(copies, $"{trainer.CompletedSteps:00}-{name}");
            string copy = Directory.CreateDirectory(path).FullName;
            foreach (string file in Directory.EnumerateFiles(folder))
            {
                using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using FileStream to = File.Create(Path.Combine(copy, Path.GetFileName(file)));
                from.CopyTo(to);
            }

            Folders.Add(copy);
        }
    }

    private sealed class CancelInEpoch(long epoch, CancellationTokenSource cancellation) : TrainingCallback
    {
        public override void OnEpoch(LanguageModelTrainer trainer, long begun)
        {
            if (begun == epoch)
                cancellation.Cancel();
        }
    }
}
