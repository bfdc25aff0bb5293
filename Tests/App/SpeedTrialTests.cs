using MiniLstm.App;

namespace MiniLstm.Tests;

public sealed class SpeedTrialTests
{
    // One validation costs as much as a hundred steps.
    [TestCase(6, 300)]
    [TestCase(20, 1000)]
    [TestCase(60, 5000)]
    [TestCase(120, 10_000)]
    public void StepsIn_StepsAndValidations_TakeTheTime(double seconds, long expected)
    {
        Assert.That(SpeedTrial.StepsIn(seconds, perStep: 0.01, perValidation: 1), Is.EqualTo(expected).Within(1));
    }

    [Test]
    public void StepsIn_NoTimeAtAll_IsOneStep()
    {
        Assert.That(SpeedTrial.StepsIn(-5, perStep: 0.01, perValidation: 1), Is.EqualTo(1));
    }
}
