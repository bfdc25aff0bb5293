using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class RegularizerTests(TestBackend device) : BackendFixture(device)
{
    private static readonly double[] _weights = [1, -2, 0, 0.5, -4, 3];

    [Test]
    public void Penalty_L1_IsTheSumOfMagnitudes() =>
        Check(Regularizer.L1(0.1), 0.1 * 10.5, weight => 0.1 * Math.Sign(weight));

    [Test]
    public void Penalty_L2_IsTheSumOfSquares() =>
        Check(Regularizer.L2(0.1), 0.1 * 30.25, weight => 0.2 * weight);

    [Test]
    public void Penalty_L1L2_IsBoth() =>
        Check(
            Regularizer.L1L2(absolute: 0.2, squared: 0.1),
            0.2 * 10.5 + 0.1 * 30.25,
            weight => 0.2 * Math.Sign(weight) + 0.2 * weight);

    [Test]
    public void Factories_FactorNotAboveZero_NameIt([Values(0, -1, double.NaN, double.PositiveInfinity)] double factor)
    {
        Assert.That(() => Regularizer.L1(factor), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Regularizer.L2(factor), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => Regularizer.L1L2(0.1, factor),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith(FormattableString.Invariant($"squared {factor}, expected")));
    }

    // The penalty is added to another loss, whose gradient is 1 for each weight.
    private void Check(Regularizer regularizer, double penalty, Func<double, double> slope)
    {
        using var parameters = new ParameterStore(Backend, [new("w", [2, 3], _weights.CopyTo)]);
        using Tape tape = Tape.ForTraining(Backend);
        Tensor loss = tape.Use(parameters["w"]).Sum() + regularizer.Penalty(tape, parameters["w"]);
        tape.Backward(loss);

        double[] expected = [.. _weights.Select(weight => 1 + slope(weight))];
        Assert.That(loss.ToScalar(), Is.EqualTo(_weights.Sum() + penalty).Within(1e-5));
        Assert.That(parameters["w"].GradientToArray(), Is.EqualTo(expected).Within(1e-6));
    }
}
