using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class MaxNormTests(TestBackend device) : BackendFixture(device)
{
    // Norms of the rows: 5, 1; of the columns: about 3.1, 4, 0.6.
    private static readonly double[] _weights = [3, 4, 0, 0.75, -0.25, 0.625];

    [Test]
    public void Apply_DefaultAxis_ShortensWhatAUnitTakesInAndKeepsTheOthersBits()
    {
        double[] after = Apply(new MaxNorm(2), [2, 3]);

        Assert.That(after[..3], Is.EqualTo([1.2, 1.6, 0]).Within(1e-6));
        Assert.That(after[3..], Is.EqualTo(_weights[3..]));
    }

    [Test]
    public void Apply_AxisZero_ShortensColumns()
    {
        double first = 2 / Math.Sqrt(9.5625);
        double second = 2 / Math.Sqrt(16.0625);
        Assert.That(
            Apply(new MaxNorm(2, axis: 0), [2, 3]),
            Is.EqualTo([3 * first, 4 * second, 0, 0.75 * first, -0.25 * second, 0.625]).Within(1e-6));
    }

    [Test]
    public void Apply_Vector_ShortensIt()
    {
        double factor = 2 / Math.Sqrt(26.015625);
        Assert.That(Apply(new MaxNorm(), [6]), Is.EqualTo(_weights.Select(weight => weight * factor)).Within(1e-6));
    }

    [Test]
    public void Apply_AfterAFailedUpdate_ChangesNothing()
    {
        using ParameterStore parameters = NewParameters([2, 3]);
        using BoundOptimizer optimizer = new Sgd(0.1).Over(parameters);
        Backend.Upload(parameters["w"].Gradient, [0, 0, double.NaN, 0, 0, 0]);
        Update update = optimizer.Step();
        new MaxNorm(2).Apply(Backend, parameters["w"], update.Status);
        Assert.That(parameters["w"].ToArray(), Is.EqualTo(_weights));

        optimizer.Rewind();
        parameters.ClearGradients();
        update = optimizer.Step();
        new MaxNorm(2).Apply(Backend, parameters["w"], update.Status);
        Assert.That(parameters["w"].ToArray()[1], Is.EqualTo(1.6).Within(1e-6));
    }

    [Test]
    public void Apply_PackedCopies_AreMarkedAsOld()
    {
        using ParameterStore parameters = NewParameters([2, 3]);
        long version = parameters.Values.Buffer.Version;
        new MaxNorm().Apply(Backend, parameters["w"]);

        Assert.That(parameters.Values.Buffer.Version, Is.GreaterThan(version));
    }

    [Test]
    public void Apply_NoSuchAxis_NamesParameterAndAxis()
    {
        using ParameterStore parameters = NewParameters([2, 3]);

        Assert.That(
            () => new MaxNorm(1, axis: 2).Apply(Backend, parameters["w"]),
            Throws.InstanceOf<ShapeException>().With.Message.EqualTo("MaxNorm: w [2, 3] has no axis 2"));
    }

    [Test]
    public void Constructor_NumberOutOfRange_NamesIt()
    {
        Assert.That(
            () => new MaxNorm(0),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith("maximum 0, expected"));
        Assert.That(
            () => new MaxNorm(1, axis: -1),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith("axis -1, expected"));
    }

    private double[] Apply(MaxNorm constraint, Shape shape)
    {
        using ParameterStore parameters = NewParameters(shape);
        constraint.Apply(Backend, parameters["w"]);
        return parameters["w"].ToArray();
    }

    private ParameterStore NewParameters(Shape shape) =>
        new(Backend, [new("w", shape, _weights.CopyTo)]);
}
