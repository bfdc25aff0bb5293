using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>A run that is killed and goes on from its backup ends with the same bits as one that never was.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class BackupTests(TestBackend device) : BackendFixture(device)
{
    private const int Epochs = 5;

    [TestCase(1, 1)]
    [TestCase(1, 0)]
    [TestCase(1, 3)]
    [TestCase(3, 2)]
    [TestCase(5, 1)]
    public void Fit_Killed_GoesOnToTheSameBits(int epoch, int batch)
    {
        using var folder = new FileFolder();
        string[] expected = Run(Subfolder(folder, "whole"), killer: null);
        string killed = Subfolder(folder, "killed");

        // Batch 0 stands for the end of the epoch, when everything was written but the backup.
        var killer = new LambdaCallback(
            onBatchEnd: (_, report) => KillIf(report.Epoch == epoch && report.Batch == batch),
            onEpochEnd: (_, report) => KillIf(report.Epoch == epoch && batch == 0));
        Assert.That(() => Run(killed, killer), Throws.TypeOf<OperationCanceledException>());

        Assert.That(Run(killed, killer: null), Is.EqualTo(expected));
    }

    [Test]
    public void Fit_Ended_DeletesTheBackup()
    {
        using var folder = new FileFolder();
        Run(folder.Path, killer: null);
        Assert.That(File.Exists(folder["backup"]), Is.False);
    }

    [Test]
    public void Fit_BackupOfOtherData_SaysSo()
    {
        using var folder = new FileFolder();
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(model);
        int[] labels = [.. TinyProblem.Labels];
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        learner.Fit(TinyProblem.Inputs, labels, backupPath: folder["backup"], cancellation: cancelled.Token);
        labels[0] = (labels[0] + 1) % TinyProblem.Classes;

        Assert.That(
            () => learner.Fit(TinyProblem.Inputs, labels, backupPath: folder["backup"]),
            Throws.TypeOf<ModelFileException>()
                .With.Message.Contains("a backup of another run: training data of SHA-256"));
        Assert.That(
            () => learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, batchSize: 3, backupPath: folder["backup"]),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("batches of 32, expected 3"));
    }

    [Test]
    public void Fit_FileThatIsNoBackup_SaysSo()
    {
        using var folder = new FileFolder();
        File.WriteAllText(folder["backup"], "nothing of the kind");
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(model);

        Assert.That(
            () => learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, backupPath: folder["backup"]),
            Throws.TypeOf<ModelFileException>());
    }

    private static void KillIf(bool isTime)
    {
        if (isTime)
            throw new OperationCanceledException();
    }

    private static string Subfolder(FileFolder folder, string name) => Directory.CreateDirectory(folder[name]).FullName;

    /// <summary>Everything on: dropout, shuffling, validation, early stopping that keeps weights, a falling rate, logs.
    /// Everything left behind comes back.</summary>
    private string[] Run(string folder, Callback? killer)
    {
        string backup = Path.Combine(folder, "backup");
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(model, Metric.Accuracy);
        var settings = new Dictionary<string, object> { ["units"] = 6 };
        History history;
        using (var csv = new CsvLogger(Path.Combine(folder, "log.csv")))
        using (var json = new JsonLinesLogger(Path.Combine(folder, "log.jsonl")))
        using (var board = new TensorBoard(folder, histogramsEvery: 2, settings))
        {
            List<Callback> callbacks =
            [
                csv,
                json,
                board,
                new EarlyStopping(patience: 50, restoreBestWeights: true),
                new ReduceLrOnPlateau("loss", factor: 0.5, patience: 1, minimumDelta: 0.1),
                new ModelCheckpoint(Path.Combine(folder, "best.safetensors"), saveBestOnly: true),
            ];
            if (killer is not null)
                callbacks.Add(killer);
            history = learner.Fit(
                TinyProblem.Inputs,
                TinyProblem.Labels,
                Epochs,
                batchSize: 3,
                validationSplit: 0.2,
                callbacks: callbacks,
                backupPath: backup);
        }

        return
        [
            string.Join(" ", TinyProblem.Weights(model)),
            string.Join(" ", history.Names.SelectMany(name => history[name])),
            string.Join(" ", history.Epochs),
            File.ReadAllText(Path.Combine(folder, "log.csv")),
            File.ReadAllText(Path.Combine(folder, "log.jsonl")),
            Convert.ToHexString(File.ReadAllBytes(Path.Combine(folder, "best.safetensors"))),
            string.Join("\n", EventFileTests.ReadWithoutTimes(Path.Combine(folder, "train"))),
            string.Join("\n", EventFileTests.ReadWithoutTimes(Path.Combine(folder, "validation"))),
            learner.LearningRate.ToString("R", null),
        ];
    }
}
