using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class WeightAverageTests(TestBackend device) : OptimizerFixture(device)
{
    private const int Steps = 8;

    private static readonly Optimizer _moving = new Adam(0.01) { Average = new ExponentialMovingAverage(0.75) };

    // Losses so that the third is worse than the first, the best of those more than one validation ago.
    private static readonly double[] _losses = [3, 2.5, 4, 5];

    [Test]
    public void UseAverage_ExponentialMovingAverage_IsThatOfTheWeightsAfterEachStep()
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = _moving.Over(parameters);
        double[][] weights = [.. Enumerable.Range(1, Steps).Select(step => After(optimizer, step))];

        double[] expected = weights[0];
        foreach (double[] later in weights[1..])
            expected = [.. expected.Zip(later, (average, weight) => 0.75 * average + 0.25 * weight)];
        Assert.That(Averaged(optimizer), Is.EqualTo(expected).Within(Bound));
    }

    [Test]
    public void UseAverage_DisposedOf_PutsTheWeightsBack()
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = _moving.Over(parameters);
        double[] weights = After(optimizer, step: 1);
        weights = After(optimizer, step: 2);
        long version = parameters.Values.Buffer.Version;

        IDisposable use = optimizer.UseAverage();
        Assert.That(Read(parameters.Values), Is.Not.EqualTo(weights));
        Assert.That(parameters.Values.Buffer.Version, Is.GreaterThan(version), "packed copies must not be used");
        Assert.That(
            () => optimizer.Step(),
            Throws.InvalidOperationException.With.Message.StartsWith("Step: the average is in the place"));
        Assert.That(optimizer.UseAverage, Throws.InvalidOperationException);
        use.Dispose();
        use.Dispose();

        Assert.That(Read(parameters.Values), Is.EqualTo(weights));
        Assert.That(optimizer.CompletedSteps, Is.EqualTo(2));
    }

    [Test]
    public void Dispose_AverageInUse_PutsTheWeightsBack()
    {
        using ParameterStore parameters = NewParameters();
        BoundOptimizer optimizer = _moving.Over(parameters);
        After(optimizer, step: 1);
        double[] weights = After(optimizer, step: 2);
        using IDisposable use = optimizer.UseAverage();
        optimizer.Dispose();

        Assert.That(Read(parameters.Values), Is.EqualTo(weights));
    }

    [Test]
    public void UseAverage_NothingAveragedYet_ChangesNothing()
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer none = new Adam(0.01).Over(parameters);
        using BoundOptimizer moving = _moving.Over(parameters);
        parameters["first.bias"].Set([1.0, 2, 3, 4, 5]);
        double[] weights = Read(parameters.Values);

        Assert.That(Averaged(moving), Is.EqualTo(weights), "before a step the average is older than the weights");
        Run(none, 1, 1);
        Assert.That(Averaged(none), Is.EqualTo(Read(parameters.Values)));
    }

    [Test]
    public void UseAverage_FrozenLayer_IsItselfToTheBit()
    {
        using ParameterStore parameters = NewParameters();
        Freeze(parameters, "first.weight", "first.bias");
        using BoundOptimizer optimizer = _moving.Over(parameters);
        double[] frozen = parameters["first.weight"].ToArray();
        Run(optimizer, 1, Steps);

        using IDisposable use = optimizer.UseAverage();
        Assert.That(parameters["first.weight"].ToArray(), Is.EqualTo(frozen));
    }

    [Test]
    public void AveragedSgd_TriggerPulled_IsTheMeanOfTheWeightsSinceThen()
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = new AveragedSgd(0.1, interval: 1).Over(parameters);
        using ParameterStore others = NewParameters();
        using BoundOptimizer plain = new Sgd(0.1).Over(others);
        List<double[]> weights = [];
        for (int step = 1; step <= Steps; step++)
        {
            weights.Add(After(optimizer, step));
            After(plain, step);
            if (step <= _losses.Length)
                optimizer.Observe(_losses[step - 1]);
            if (step <= 3)
                Assert.That(Averaged(optimizer), Is.EqualTo(weights[^1]), "not averaged before the trigger");
        }

        // Pulled after step 3; what the average is of, and nothing else, depends on it.
        double[] mean = [.. Enumerable.Range(0, weights[0].Length).Select(i => weights[2..].Average(w => w[i]))];
        Assert.That(Averaged(optimizer), Is.EqualTo(mean).Within(Bound));
        Assert.That(Read(parameters.Values), Is.EqualTo(Read(others.Values)));
    }

    [TestCase(1, new[] { 3.0, 2, 1, 1, 1 }, null)]
    [TestCase(1, new[] { 3.0, 3.5, 3.6 }, 3)]
    [TestCase(1, new[] { 3.0, double.NaN, 3.1 }, 3)]
    [TestCase(1, new[] { 3.0, 4, double.NaN }, null)]
    [TestCase(2, new[] { 3.0, 2, 4, 3.5 }, 4)]
    [TestCase(2, new[] { 3.0, 2, 4, 2.5 }, null)]
    [TestCase(3, new[] { 3.0, 2, 4, 3.5 }, null)]
    [TestCase(3, new[] { 3.0, 1, 2, 2.5, 2, 1.5 }, 6)]
    public void Observe_Losses_BeginsToAverageAtOneWorseThanTheBestLongerAgo(
        int interval, double[] losses, int? expected)
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = new AveragedSgd(0.1, interval: interval).Over(parameters);
        foreach (double loss in losses)
        {
            optimizer.Step();
            optimizer.Observe(loss);
        }

        var notes = new Dictionary<string, double>();
        optimizer.SaveTo(notes);
        double? start = notes.TryGetValue("average.start", out double step) ? step : null;
        Assert.That(start, Is.EqualTo(expected));
    }

    [Test]
    public void Restore_AverageAndNotesOfAnother_GoesOnWithTheSameBits([Values(1, 2, 3, 5)] int interrupted)
    {
        var rule = new AveragedSgd(0.1, interval: 1);
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = rule.Over(parameters);
        RunAndObserve(optimizer, 1, interrupted);

        using ParameterStore copies = NewParameters();
        using BoundOptimizer resumed = rule.Over(copies);
        Backend.Copy(copies.Values, parameters.Values);
        foreach ((View to, View from) in resumed.Moments.Zip(optimizer.Moments, (to, from) => (to.View, from.View)))
            Backend.Copy(to, from);
        var notes = new Dictionary<string, double>();
        optimizer.SaveTo(notes);
        resumed.LoadFrom(notes);
        resumed.Restore(optimizer.CompletedSteps);

        RunAndObserve(optimizer, interrupted + 1, Steps);
        RunAndObserve(resumed, interrupted + 1, Steps);
        Assert.That(Averaged(resumed), Is.EqualTo(Averaged(optimizer)));
    }

    private double[] After(BoundOptimizer optimizer, int step)
    {
        Run(optimizer, step, step);
        return Read(optimizer.Parameters.Values);
    }

    private double[] Averaged(BoundOptimizer optimizer)
    {
        using IDisposable use = optimizer.UseAverage();
        return Read(optimizer.Parameters.Values);
    }

    private void RunAndObserve(BoundOptimizer optimizer, int first, int last)
    {
        for (int step = first; step <= last; step++)
        {
            Run(optimizer, step, step);
            if (step <= _losses.Length)
                optimizer.Observe(_losses[step - 1]);
        }
    }
}
