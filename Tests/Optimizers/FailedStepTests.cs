using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Six steps of which the third fails: the device must leave everything as it was, and the host may notice
/// late.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class FailedStepTests(TestBackend device) : BackendFixture(device)
{
    private const int Steps = 6;
    private const int FailingStep = 3;

    private static readonly Optimizer[] _rules =
    [
        new Adam(0.01),
        new AdamW(0.01, amsgrad: true),
        new Sgd(0.1, momentum: 0.9),
        new RmsProp(0.01, momentum: 0.5, centered: true),
        new Adagrad(0.1) { Average = new ExponentialMovingAverage(0.9) },
    ];

    [Test]
    public void Step_GradientNotFinite_ChangesNothing(
        [ValueSource(nameof(_rules))] Optimizer rule, [Values(double.NaN, double.PositiveInfinity)] double bad)
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = rule.Over(parameters);
        Run(optimizer, 1, FailingStep - 1);
        double[] before = Everything(optimizer);

        SetGradients(parameters, FailingStep);
        Backend.Upload(parameters["b"].Gradient, [0.5, bad]);
        Update update = optimizer.Step();

        Assert.That(Everything(optimizer), Is.EqualTo(before));
        Assert.That(update.FailedStep, Is.EqualTo(FailingStep));
        Assert.That(update.Norm, Is.NaN.Or.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public void Step_AfterAFailure_ChangesNothingAndKeepsTheFirstNumber()
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = new Adam(0.01).Over(parameters);
        Fail(optimizer);
        double[] before = Everything(optimizer);

        Update update = Run(optimizer, FailingStep + 1, Steps);

        Assert.That(Everything(optimizer), Is.EqualTo(before));
        Assert.That(update.FailedStep, Is.EqualTo(FailingStep));
        Assert.That(update.Norm, Is.Positive.And.LessThan(100), "the norm is that of the latest gradient");
    }

    [Test]
    public void Rewind_FailureNoticedLate_RerunEqualsARunThatNeverFailed([ValueSource(nameof(_rules))] Optimizer rule)
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = rule.Over(parameters);
        Fail(optimizer);
        Run(optimizer, FailingStep + 1, Steps);
        long failed = optimizer.Rewind();
        Run(optimizer, (int)failed, Steps);

        using ParameterStore others = NewParameters();
        using BoundOptimizer undisturbed = rule.Over(others);
        Run(undisturbed, 1, Steps);

        Assert.That(failed, Is.EqualTo(FailingStep));
        Assert.That(optimizer.CompletedSteps, Is.EqualTo(Steps));
        Assert.That(Everything(optimizer), Is.EqualTo(Everything(undisturbed)));
    }

    [Test]
    public void FailedStep_NoFailure_IsNull()
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = new Adam().Over(parameters);

        Assert.That(Run(optimizer, 1, 1).FailedStep, Is.Null);
        Assert.That(optimizer.Rewind, Throws.InvalidOperationException);
    }

    [Test]
    public void CopyUnlessFailed_AfterAFailure_KeepsTheStateUntilRewind()
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = new Adam().Over(parameters);
        using Scratch state = Backend.Pool.Scratch([2], "state");
        using Scratch next = Backend.Pool.Scratch([2], "next");
        Backend.Upload(state.View, [1.0, 2.0]);
        Backend.Upload(next.View, [3.0, 4.0]);

        Update update = Fail(optimizer);
        Backend.CopyUnlessFailed(state.View, next.View, update.Status);
        Assert.That(Read(state.View), Is.EqualTo([1.0, 2.0]));

        optimizer.Rewind();
        update = Run(optimizer, FailingStep, FailingStep);
        Backend.CopyUnlessFailed(state.View, next.View, update.Status);
        Assert.That(Read(state.View), Is.EqualTo([3.0, 4.0]));
    }

    private ParameterStore NewParameters() => new(
        Backend,
        [
            new("a", [3, 4], values => Fill(values, 0)),
            new("b", [2], values => Fill(values, 100)),
        ]);

    private Update Fail(BoundOptimizer optimizer)
    {
        Run(optimizer, 1, FailingStep - 1);
        SetGradients(optimizer.Parameters, FailingStep);
        Backend.Upload(optimizer.Parameters["b"].Gradient, [0.5, double.NaN]);
        return optimizer.Step();
    }

    private Update Run(BoundOptimizer optimizer, int first, int last)
    {
        Update update = default;
        for (int step = first; step <= last; step++)
        {
            SetGradients(optimizer.Parameters, step);
            update = optimizer.Step(maximumNorm: 1);
        }

        return update;
    }

    private void SetGradients(ParameterStore parameters, int step)
    {
        foreach (Parameter parameter in parameters.All)
        {
            double[] values = new double[parameter.Shape.Count];
            Fill(values, 1000 * step);
            Backend.Upload(parameter.Gradient, values);
        }
    }

    private static void Fill(Span<double> values, int start)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = Math.Sin(start + i);
    }

    private double[] Everything(BoundOptimizer optimizer) =>
    [
        .. Read(optimizer.Parameters.Values),
        .. optimizer.Moments.SelectMany(moment => Read(moment.View)),
    ];

    private double[] Read(View view)
    {
        double[] values = new double[view.Count];
        Backend.Download(view, values);
        return values;
    }
}
