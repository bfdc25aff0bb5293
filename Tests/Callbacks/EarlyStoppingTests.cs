using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Early stopping as Keras has it: what waits, what counts, what is restored.</summary>
public sealed class EarlyStoppingTests : CallbackFixture
{
    [Test]
    public void Run_EndsAfterPatienceEpochsWithoutImprovement()
    {
        (_, History history) = Fit([5, 4, 4, 6, 3, 7, 8], new EarlyStopping(patience: 2, "scripted"));

        // 4 at epoch 2; neither 3 nor 4 improves on it.
        Assert.That(history.Epochs, Has.Count.EqualTo(4));
        Assert.That(history.StopReason, Is.EqualTo("no improvement of scripted in 2 epochs"));
    }

    [Test]
    public void Run_ImprovementLetsTheCountBeginAnew()
    {
        (_, History history) = Fit([5, 6, 4, 6, 3, 7, 2], new EarlyStopping(patience: 2, "scripted"));
        Assert.That((history.Epochs.Count, history.StopReason), Is.EqualTo((7, default(string))));
    }

    [Test]
    public void MinimumDelta_SmallImprovementsDoNotCount()
    {
        var stopping = new EarlyStopping(patience: 2, "scripted", minimumDelta: 0.5);
        (_, History history) = Fit([5, 4.8, 4.6, 3], stopping);
        Assert.That(history.Epochs, Has.Count.EqualTo(3));
        Assert.That(stopping.Best, Is.EqualTo(5));
    }

    [Test]
    public void Mode_Maximum_WaitsForMore()
    {
        (_, History history) = Fit([1, 2, 1, 3], new EarlyStopping(patience: 1, "scripted", mode: WatchMode.Maximum));
        Assert.That(history.Epochs, Has.Count.EqualTo(3));
    }

    [Test]
    public void Mode_Auto_AsksTheMetric()
    {
        // Accuracy may stay at 1, but never gets worse than at first: a minimum would be the first epoch.
        using Learner learner = TinyProblem.Compile(Model, new Accuracy());
        var stopping = new EarlyStopping(patience: 40, "accuracy");
        History history = learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 40, callbacks: [stopping]);
        Assert.That(stopping.Best, Is.EqualTo(history["accuracy"].Max()).And.GreaterThan(history["accuracy"][0]));
    }

    [Test]
    public void Baseline_ImprovementsThatDoNotBeatIt_GoOnWaiting()
    {
        (_, History history) = Fit([9, 8, 7, 6], new EarlyStopping(patience: 2, "scripted", baseline: 5));

        // Each epoch improves on the one before: as in Keras, a run ends only at an epoch that does not.
        Assert.That(history.Epochs, Has.Count.EqualTo(4));

        (_, history) = Fit([9, 8, 8.5, 4], new EarlyStopping(patience: 2, "scripted", baseline: 5));
        Assert.That(history.Epochs, Has.Count.EqualTo(3));
    }

    [Test]
    public void StartFromEpoch_EarlierEpochsDoNotCount()
    {
        (_, History history) = Fit([1, 9, 8, 9, 9], new EarlyStopping(patience: 2, "scripted", startFromEpoch: 2));

        // The best is the 8 of epoch 3.
        Assert.That(history.Epochs, Has.Count.EqualTo(5));
        Assert.That(history.StopReason, Is.Not.Null);
    }

    [Test]
    public void RestoreBestWeights_BringsBackThoseOfTheBestEpoch()
    {
        double[]? best = null;
        var look = new LambdaCallback(onEpochEnd: (learner, report) =>
        {
            if (report.Epoch == 2)
                best = TinyProblem.Weights(learner.Model);
        });

        Fit([5, 3, 4, 6], look, new EarlyStopping(patience: 2, "scripted", restoreBestWeights: true));

        Assert.That(TinyProblem.Weights(Model), Is.EqualTo(best));
    }

    [Test]
    public void NextRun_BeginsAnew()
    {
        var stopping = new EarlyStopping(patience: 1, "scripted");
        Fit([1, 2], stopping);
        (_, History history) = Fit([5, 4, 3], stopping);
        Assert.That(history.Epochs, Has.Count.EqualTo(3));
    }

    [Test]
    public void NotANumber_IsNoImprovement()
    {
        (_, History history) = Fit([double.NaN, double.NaN, 1], new EarlyStopping(patience: 2, "scripted"));
        Assert.That(history.Epochs, Has.Count.EqualTo(2));
    }
}
