using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Callbacks that change the learning rate, by the rates of the epochs that follow. The run begins with
/// 0.02.</summary>
public sealed class RateCallbackTests : CallbackFixture
{
    [Test]
    public void ReduceLrOnPlateau_MultipliesAfterPatienceEpochs()
    {
        Assert.That(
            Rates([5, 5, 5, 5, 5], new ReduceLrOnPlateau("scripted", factor: 0.5, patience: 2)),
            Is.EqualTo([0.02, 0.02, 0.02, 0.01, 0.01]).Within(1e-15));
    }

    [Test]
    public void ReduceLrOnPlateau_Cooldown_CountsNothingForAWhile()
    {
        Assert.That(
            Rates([5, 5, 5, 5, 5, 5], new ReduceLrOnPlateau("scripted", factor: 0.5, patience: 1, cooldown: 2)),
            Is.EqualTo([0.02, 0.02, 0.01, 0.01, 0.005, 0.005]).Within(1e-15));
    }

    [Test]
    public void ReduceLrOnPlateau_StopsAtTheMinimum()
    {
        Assert.That(
            Rates([5, 5, 5, 5], new ReduceLrOnPlateau("scripted", factor: 0.1, patience: 1, minimum: 0.005)),
            Is.EqualTo([0.02, 0.02, 0.005, 0.005]).Within(1e-15));
    }

    [Test]
    public void ReduceLrOnPlateau_ImprovementBelowTheDelta_DoesNotCount()
    {
        Assert.That(
            Rates([5, 4.99, 4.98], new ReduceLrOnPlateau("scripted", factor: 0.5, patience: 1, minimumDelta: 0.1)),
            Is.EqualTo([0.02, 0.02, 0.01]).Within(1e-15));
    }

    [Test]
    public void LearningRateScheduler_Function_GetsCompletedEpochsAndTheRate()
    {
        Assert.That(
            Rates([1, 1, 1], new LearningRateScheduler((epoch, rate) => epoch < 1 ? rate : rate / 2)),
            Is.EqualTo([0.02, 0.01, 0.005]).Within(1e-15));
    }

    [Test]
    public void LearningRateScheduler_Schedule_GoesByStep()
    {
        // One batch an epoch.
        Assert.That(
            Rates([1, 1, 1, 1], new LearningRateScheduler(new StepDecay(every: 2, factor: 0.1), 0.3)),
            Is.EqualTo([0.3, 0.3, 0.03, 0.03]).Within(1e-15));
    }

    private List<double> Rates(double[] figures, Callback callback)
    {
        var rates = new List<double>();
        Fit(figures, callback, new LambdaCallback(onBatchEnd: (learner, _) => rates.Add(learner.LearningRate)));
        return rates;
    }
}
