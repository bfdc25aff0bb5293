using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>The hooks are called in the order of the loop.</summary>
public sealed class HookTests : CallbackFixture
{
    [Test]
    public void Hooks_AreCalledInTheOrderOfTheLoop()
    {
        var trace = new Trace();
        using Learner learner = TinyProblem.Compile(Model);

        learner.Fit(
            TinyProblem.Inputs,
            TinyProblem.Labels,
            epochs: 1,
            batchSize: 6,
            validationSplit: 0.2,
            callbacks: [trace]);

        Assert.That(
            trace.Calls,
            Is.EqualTo(
            [
                "train begin", "epoch 1 begin", "batch 1 begin", "batch 1 end of 2", "batch 2 begin",
                "batch 2 end of 2", "validation begin", "validation end: loss", "epoch 1 end: loss, val_loss",
                "train end",
            ]));
    }

    [Test]
    public void Stop_InABatch_EndsTheEpochThere_AndItCounts()
    {
        var stop = new LambdaCallback(onBatchEnd: (learner, _) => learner.Stop("enough"));
        using Learner learner = TinyProblem.Compile(Model);

        History history = learner.Fit(
            TinyProblem.Inputs, TinyProblem.Labels, epochs: 3, batchSize: 4, callbacks: [stop]);

        Assert.That(
            (history.StopReason, history.Epochs.Count, learner.CompletedSteps, history.IsCancelled),
            Is.EqualTo(("enough", 1, 1L, false)));
    }

    [Test]
    public void Callbacks_OfOneNote_AreRefused()
    {
        using var folder = new FileFolder();
        using Learner learner = TinyProblem.Compile(Model);
        Callback[] twice = [new EarlyStopping(1, "loss"), new EarlyStopping(2, "loss")];
        Assert.That(
            () => learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, callbacks: twice, backupPath: folder["backup"]),
            Throws.InvalidOperationException.With.Message.EqualTo(
                "Fit: two callbacks keep a note 'earlyStopping.loss.waited' in the checkpoint, expected names that " +
                "differ"));
    }

    private sealed class Trace : Callback
    {
        public List<string> Calls { get; } = [];

        public override void OnTrainBegin(Learner learner) => Calls.Add("train begin");

        public override void OnEpochBegin(Learner learner, int epoch) => Calls.Add($"epoch {epoch} begin");

        public override void OnBatchBegin(Learner learner, int epoch, int batch) => Calls.Add($"batch {batch} begin");

        public override void OnBatchEnd(Learner learner, BatchReport report) =>
            Calls.Add($"batch {report.Batch} end of {report.Batches}");

        public override void OnValidationBegin(Learner learner, int epoch) => Calls.Add("validation begin");

        public override void OnValidationEnd(
            Learner learner, int epoch, IReadOnlyDictionary<string, double> figures) =>
            Calls.Add($"validation end: {string.Join(", ", figures.Keys)}");

        public override void OnEpochEnd(Learner learner, EpochReport report) =>
            Calls.Add($"epoch {report.Epoch} end: {string.Join(", ", report.Figures.Keys)}");

        public override void OnTrainEnd(Learner learner, History history) => Calls.Add("train end");
    }
}
