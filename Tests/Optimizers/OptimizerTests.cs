using MiniLstm.Engine;
using MiniLstm.Training;
using NUnit.Framework.Constraints;

namespace MiniLstm.Tests;

public sealed class OptimizerTests
{
    [Test]
    public void Constructor_NumberOutOfRange_NamesItAndWhatIsExpected()
    {
        Assert.That(() => new Adam(double.NaN), Wrong("learningRate is NaN, expected a finite number of at least 0"));
        Assert.That(() => new Adam(firstDecay: 1), Wrong("firstDecay is 1, expected at least 0 and below 1"));
        Assert.That(() => new AdamW(epsilon: 0), Wrong("epsilon is 0, expected a finite number above 0"));
        Assert.That(() => new AdamW(decay: -1), Wrong("decay is -1, expected a finite number of at least 0"));
        Assert.That(() => new RmsProp(smoothing: 1), Wrong("smoothing is 1, expected at least 0 and below 1"));
        Assert.That(() => new RmsProp(momentum: -1), Wrong("momentum is -1, expected at least 0 and below 1"));
        Assert.That(() => new Adagrad(initialSquares: -1), Wrong("initialSquares is -1, expected a finite number"));
        Assert.That(() => new AveragedSgd(30, interval: 0), Wrong("interval is 0, expected at least 1"));
        Assert.That(() => new ExponentialMovingAverage(1), Wrong("decay is 1, expected at least 0 and below 1"));
        Assert.That(() => new Sgd(0.1, momentum: -0.5), Wrong("momentum is -0.5, expected at least 0 and below 1"));
        Assert.That(
            () => new Sgd(0.1, nesterov: true),
            Throws.ArgumentException.With.Message.Contains("momentum, which is 0"));
    }

    [Test]
    public void Step_MaximumNormNotAboveZero_Throws([Values(0, -1, double.NaN)] double maximumNorm)
    {
        using var device = new ReferenceBackend();
        using ParameterStore parameters = OneParameter(device);
        using BoundOptimizer optimizer = new Adam().Over(parameters);

        Assert.That(() => optimizer.Step(maximumNorm), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(optimizer.CompletedSteps, Is.Zero);
    }

    [Test]
    public void Step_MoreThanTheDeviceCanCount_Throws()
    {
        using var device = new ReferenceBackend();
        using ParameterStore parameters = OneParameter(device);
        using BoundOptimizer optimizer = new Adam().Over(parameters);
        optimizer.Restore((1 << 24) - 1);

        Assert.That(() => optimizer.Step(), Throws.InvalidOperationException);
    }

    [Test]
    public void Step_OnADeviceThatKeepsPackedCopies_MarksTheWeightsAsChanged()
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = 1 });
        using ParameterStore parameters = OneParameter(device);
        using BoundOptimizer optimizer = new Adam().Over(parameters);
        long version = parameters.Values.Buffer.Version;

        optimizer.Step();

        Assert.That(parameters.Values.Buffer.Version, Is.GreaterThan(version));
    }

    [Test]
    public void Moments_AnyRule_AreNamedByParameterAndHaveItsShape()
    {
        using var device = new ReferenceBackend();
        using ParameterStore parameters = OneParameter(device);
        using BoundOptimizer adam = new Adam().Over(parameters);
        using BoundOptimizer sgd = new Sgd(0.1, momentum: 0.9).Over(parameters);
        using BoundOptimizer plain = new Sgd(0.1).Over(parameters);

        Assert.That(
            adam.Moments.Select(moment => $"{moment.Name} {moment.View.Shape}"),
            Is.EqualTo(["optimizer.moment1.w [3, 2]", "optimizer.moment2.w [3, 2]"]));
        Assert.That(sgd.Moments.Select(moment => moment.Name), Is.EqualTo(["optimizer.moment1.w"]));
        Assert.That(plain.Moments, Is.Empty);
    }

    [Test]
    public void Restore_MomentsAndStepsOfAnother_GoesOnWithTheSameBits()
    {
        using var device = new ReferenceBackend();
        using ParameterStore parameters = OneParameter(device);
        using BoundOptimizer optimizer = new Adam(0.01).Over(parameters);
        Run(optimizer, steps: 5);
        using ParameterStore copies = OneParameter(device);
        using BoundOptimizer resumed = new Adam(0.01).Over(copies);
        device.Copy(copies.Values, parameters.Values);
        foreach ((View to, View from) in resumed.Moments.Zip(optimizer.Moments, (to, from) => (to.View, from.View)))
            device.Copy(to, from);
        resumed.Restore(optimizer.CompletedSteps);

        Run(optimizer, steps: 5);
        Run(resumed, steps: 5);

        Assert.That(copies["w"].ToArray(), Is.EqualTo(parameters["w"].ToArray()));
        Assert.That(resumed.CompletedSteps, Is.EqualTo(10));
    }

    [Test]
    public void Dispose_AfterSteps_ReturnsEverything()
    {
        using var device = new ReferenceBackend();
        using (ParameterStore parameters = OneParameter(device))
        {
            BoundOptimizer optimizer = new Adam().Over(parameters);
            optimizer.Step();
            optimizer.Dispose();
            optimizer.Dispose();

            Assert.That(() => optimizer.Step(), Throws.InstanceOf<ObjectDisposedException>());
        }

        Assert.That(device.Pool.Outstanding, Is.Empty);
    }

    private static void Run(BoundOptimizer optimizer, int steps)
    {
        Backend device = optimizer.Parameters.Backend;
        for (int k = 0; k < steps; k++)
        {
            double step = optimizer.CompletedSteps;
            device.Upload(optimizer.Parameters["w"].Gradient, [1, -1, step, 0.5, 0, 2]);
            optimizer.Step();
        }
    }

    private static ParameterStore OneParameter(Backend device) =>
        new(device, [new("w", [3, 2], values => values.Fill(0.5))]);

    private static StartsWithConstraint Wrong(string message) =>
        Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith(message);
}
