using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class ScheduleTests
{
    [Test]
    public void Constant_AnyStep_IsOne() => Assert.That(Factors(Schedule.Constant, 3), Is.EqualTo([1, 1, 1]));

    [Test]
    public void StepDecay_EveryTwoSteps_Halves() =>
        Assert.That(Factors(new StepDecay(every: 2, factor: 0.5), 6), Is.EqualTo([1, 1, 0.5, 0.5, 0.25, 0.25]));

    [Test]
    public void CosineDecay_WarmUp_RisesLinearlyThenFallsToTheMinimumAndStays()
    {
        var schedule = new CosineDecay(totalSteps: 7, warmUpSteps: 3, minimum: 0.2);

        // Warm-up 1/4 2/4 3/4; then 0.2 + 0.8 (1 + cos(π p)) / 2 with p = 0, 1/4, 2/4, 3/4, 1, 1.
        double[] expected = [0.25, 0.5, 0.75, 1, 0.8828427124746191, 0.6, 0.31715728752538097, 0.2, 0.2];
        Assert.That(Factors(schedule, 9), Is.EqualTo(expected).Within(1e-15));
    }

    [Test]
    public void CosineDecay_WarmUpAsLongAsTheRun_Throws() =>
        Assert.That(
            () => new CosineDecay(totalSteps: 5, warmUpSteps: 5),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("totalSteps is 5, expected at least 6"));

    [Test]
    public void ExponentialDecay_SeveralSteps_FallsSmoothlyToTheFactor() =>
        Assert.That(
            Factors(new ExponentialDecay(factor: 0.25, steps: 2), 5),
            Is.EqualTo([1, 0.5, 0.25, 0.125, 0.0625]).Within(1e-15));

    [Test]
    public void LinearWarmUp_Steps_RisesInAStraightLineAndStays() =>
        Assert.That(
            Factors(new LinearWarmUp(steps: 4, start: 0.2), 6),
            Is.EqualTo([0.2, 0.4, 0.6, 0.8, 1, 1]).Within(1e-15));

    [Test]
    public void CosineRestarts_PeriodsOfTwoThenFour_BeginAgainAtOne()
    {
        // 0.2 + 0.8 (1 + cos(π t / T)) / 2 with T = 2, then T = 4, then T = 8.
        double[] expected =
        [
            1, 0.6, 1, 0.8828427124746191, 0.6, 0.31715728752538097, 1, 0.9695518130045147,
        ];
        Assert.That(
            Factors(new CosineRestarts(period: 2, periodFactor: 2, minimum: 0.2), 8),
            Is.EqualTo(expected).Within(1e-15));
    }

    [Test]
    public void CosineRestarts_EqualPeriods_RepeatHoweverFar()
    {
        var schedule = new CosineRestarts(period: 3);
        Assert.That(Factors(schedule, 7), Is.EqualTo([1, 0.75, 0.25, 1, 0.75, 0.25, 1]).Within(1e-15));
        Assert.That(schedule.FactorAt(3_000_000_000_001), Is.EqualTo(0.75).Within(1e-15));
    }

    [Test]
    public void OneCycle_Ends_StartTopAndEndAreReached()
    {
        var schedule = new OneCycle(totalSteps: 11, rise: 5 / 11.0, start: 0.1, end: 0.02);

        // Up in steps 0 to 4, down in 4 to 10: half-way there the mean of both ends.
        Assert.That(schedule.FactorAt(0), Is.EqualTo(0.1).Within(1e-15));
        Assert.That(schedule.FactorAt(2), Is.EqualTo(0.55).Within(1e-15));
        Assert.That(schedule.FactorAt(4), Is.EqualTo(1).Within(1e-15));
        Assert.That(schedule.FactorAt(7), Is.EqualTo(0.51).Within(1e-15));
        Assert.That(schedule.FactorAt(10), Is.EqualTo(0.02));
        Assert.That(schedule.FactorAt(1000), Is.EqualTo(0.02));
    }

    [TestCase(0, new[] { 1, 0.5, 0 })]
    [TestCase(1, new[] { 0, 0.5, 1 })]
    public void OneCycle_OnlyDownOrOnlyUp_GoesThatWay(double rise, double[] expected) =>
        Assert.That(
            Factors(new OneCycle(totalSteps: 3, rise, start: 0, end: rise), 3),
            Is.EqualTo(expected).Within(1e-15));

    [Test]
    public void Then_Steps_SecondBeginsAtItsOwnStepZero() =>
        Assert.That(
            Factors(new LinearWarmUp(2, start: 0).Then(2, new StepDecay(1, 0.5).Then(2, Schedule.Constant)), 6),
            Is.EqualTo([0, 0.5, 1, 0.5, 1, 1]));

    [Test]
    public void Multiply_TwoSchedules_MultipliesTheirFactors() =>
        Assert.That(
            Factors(new StepDecay(1, 0.5) * new LinearWarmUp(2, start: 0), 4),
            Is.EqualTo([0, 0.25, 0.25, 0.125]));

    [Test]
    public void Then_NegativeSteps_Throws() =>
        Assert.That(
            () => Schedule.Constant.Then(-1, Schedule.Constant),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("steps is -1, expected at least 0"));

    [Test]
    public void LoadFrom_ChainOfTwoThatRemember_KeepsThemApart()
    {
        Schedule schedule = Chain();
        foreach (double loss in (double[])[2, 3, 3])
            schedule.Observe(loss);
        var notes = new Dictionary<string, double>();
        schedule.SaveTo(notes);

        Schedule resumed = Chain();
        resumed.LoadFrom(notes);

        // Patience 1 ran out twice, patience 2 once.
        Assert.That(resumed.FactorAt(0), Is.EqualTo(0.25 * 0.1));
        Assert.That(FactorAfter(resumed, 3), Is.EqualTo(0.125 * 0.1));
        Assert.That(FactorAfter(resumed, 3), Is.EqualTo(0.0625 * 0.01).Within(1e-18));

        resumed.LoadFrom(new Dictionary<string, double>());
        Assert.That(resumed.FactorAt(0), Is.EqualTo(1));

        static Schedule Chain() =>
            (new ReduceOnPlateau(0.5, patience: 1) * new ReduceOnPlateau(0.1, patience: 2))
                .Then(100, Schedule.Constant);
    }

    [Test]
    public void ReduceOnPlateau_LossesWithoutImprovement_DropsEachTimePatienceRunsOut()
    {
        var schedule = new ReduceOnPlateau(factor: 0.5, patience: 2, minimumDelta: 0.1, minimum: 0.2);
        double[] losses = [2, 1.95, 1.8, 1.8, 1.75, 1.79, double.NaN, 3, 3];

        // 1.95 and 1.75 improve by less than 0.1; NaN never does; 0.125 is below the minimum.
        double[] expected = [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.2];
        Assert.That(Array.ConvertAll(losses, loss => FactorAfter(schedule, loss)), Is.EqualTo(expected));
    }

    [Test]
    public void LoadFrom_NotesOfAnother_GoesOnFromThere()
    {
        var schedule = new ReduceOnPlateau(factor: 0.5, patience: 2);
        foreach (double loss in (double[])[2, 3, 3, 1, 3])
            schedule.Observe(loss);
        var notes = new Dictionary<string, double>();
        schedule.SaveTo(notes);

        var resumed = new ReduceOnPlateau(factor: 0.5, patience: 2);
        resumed.LoadFrom(notes);

        double[] losses = [1.5, 0.5, 2, 2, 2, 2];
        Assert.That(
            Array.ConvertAll(losses, loss => FactorAfter(resumed, loss)),
            Is.EqualTo(Array.ConvertAll(losses, loss => FactorAfter(schedule, loss))));
        Assert.That(resumed.FactorAt(0), Is.EqualTo(1 / 16.0));
    }

    private static double[] Factors(Schedule schedule, int steps)
    {
        double[] factors = new double[steps];
        for (int step = 0; step < steps; step++)
            factors[step] = schedule.FactorAt(step);
        return factors;
    }

    private static double FactorAfter(Schedule schedule, double loss)
    {
        schedule.Observe(loss);
        return schedule.FactorAt(0);
    }
}
