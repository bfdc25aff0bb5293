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
