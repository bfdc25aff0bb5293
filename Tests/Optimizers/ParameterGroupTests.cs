using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class ParameterGroupTests(TestBackend device) : OptimizerFixture(device)
{
    private const int Steps = 4;

    private static readonly ParameterGroup _slowFirst = new("first") { RateFactor = 0, Decay = 0 };
    private static readonly ParameterGroup _biases = new(parameter => parameter.Shape.Rank == 1)
    {
        RateFactor = 0.5,
        Decay = 0,
    };

    [Test]
    public void Over_GroupOfRateAndDecay_MovesItsParametersAsAnOptimizerWithThoseNumbers()
    {
        double[][] whole = Train(new AdamW(0.01, decay: 0.1), []);
        double[][] half = Train(new AdamW(0.005, decay: 0), []);

        double[][] grouped = Train(new AdamW(0.01, decay: 0.1), [_biases]);

        Assert.That(grouped, Is.EqualTo([whole[0], half[1], whole[2]]));
        Assert.That(half[1], Is.Not.EqualTo(whole[1]), "or nothing is shown");
    }

    [Test]
    public void Over_GroupsThatOverlap_FirstCounts()
    {
        double[][] grouped = Train(new AdamW(0.01, decay: 0.1), [_biases, _slowFirst]);

        double[][] untouched = Train(new AdamW(0), []);
        Assert.That(grouped[0], Is.EqualTo(untouched[0]));
        Assert.That(grouped[1], Is.EqualTo(Train(new AdamW(0.01, decay: 0.1), [_biases])[1]));
    }

    [Test]
    public void Step_FrozenLayer_KeepsItsWeightsAndLeavesItOutOfTheNorm()
    {
        using ParameterStore parameters = NewParameters();
        Freeze(parameters, "first.weight", "first.bias");
        using BoundOptimizer optimizer = new Sgd(1).Over(parameters);
        double[][] before = Weights(parameters);
        foreach (Parameter parameter in parameters.All)
            Backend.Upload(parameter.Gradient, GradientOf(parameter, step: 1));
        Backend.Upload(parameters["first.bias"].Gradient, [1, 2, double.NaN, 4, 5]);

        Update update = optimizer.Step(maximumNorm: 0.5);

        double[] gradient = GradientOf(parameters["second.weight"], step: 1);
        double norm = Math.Sqrt(gradient.Sum(g => g * g));
        double[] expected = [.. before[2].Zip(gradient, (weight, g) => weight - g * 0.5 / (norm + 1e-6))];
        Assert.That(update.FailedStep, Is.Null);
        Assert.That(update.Norm, Is.EqualTo(norm).Within(1e-6 * norm));
        Assert.That(Weights(parameters)[..2], Is.EqualTo(before[..2]));
        Assert.That(parameters["second.weight"].ToArray(), Is.EqualTo(expected).Within(Bound));
    }

    [Test]
    public void Step_FrozenInTheMiddle_MomentsAndNormAreThoseOfTheOthers()
    {
        using ParameterStore parameters = NewParameters();
        Freeze(parameters, "first.bias");
        using BoundOptimizer optimizer = new Adam(0.01).Over(parameters);
        Update update = Run(optimizer, 1, 1);

        Dictionary<string, double[]> moments = optimizer.Moments.ToDictionary(m => m.Name, m => Read(m.View));
        Assert.That(moments.Keys, Is.EqualTo(
        [
            "optimizer.moment1.first.weight", "optimizer.moment1.second.weight",
            "optimizer.moment2.first.weight", "optimizer.moment2.second.weight",
        ]));
        double squares = 0;
        foreach (string name in (string[])["first.weight", "second.weight"])
        {
            double[] gradient = GradientOf(parameters[name], step: 1);
            squares += gradient.Sum(g => g * g);
            double[] first = [.. gradient.Select(g => 0.1 * g)];
            double[] second = [.. gradient.Select(g => 0.001 * g * g)];
            Assert.That(moments[$"optimizer.moment1.{name}"], Is.EqualTo(first).Within(Bound));
            Assert.That(moments[$"optimizer.moment2.{name}"], Is.EqualTo(second).Within(Bound));
        }

        Assert.That(update.Norm, Is.EqualTo(Math.Sqrt(squares)).Within(1e-6 * Math.Sqrt(squares)));
    }

    [Test]
    public void Over_GroupsThatChangeNothing_GiveTheSameBits()
    {
        double[][] grouped = Train(new Adam(0.01), [new ParameterGroup("second"), new ParameterGroup(_ => true)]);

        Assert.That(grouped, Is.EqualTo(Train(new Adam(0.01), [])));
    }

    [Test]
    public void Over_LayerThatDoesNotExist_NamesItAndTheParameters()
    {
        using ParameterStore parameters = NewParameters();

        Assert.That(
            () => new Adam().Over(parameters, [new ParameterGroup("second", "fir")]),
            Throws.ArgumentException.With.Message.EqualTo(
                "Over: a group names layer 'fir', which has no parameter; there are " +
                "first.weight, first.bias, second.weight"));
    }

    [Test]
    public void Over_EverythingFrozen_IsRefused()
    {
        using ParameterStore parameters = NewParameters();
        Freeze(parameters, "first.weight", "first.bias", "second.weight");

        Assert.That(
            () => new Adam().Over(parameters),
            Throws.ArgumentException.With.Message.EqualTo("Over: every parameter is frozen"));
    }

    [Test]
    public void ParameterGroup_NumberOutOfRange_NamesIt()
    {
        Assert.That(
            () => new ParameterGroup("a") { RateFactor = double.NaN },
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith("RateFactor is NaN, expected"));
        Assert.That(
            () => new ParameterGroup("a") { Decay = -1 },
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith("Decay is -1, expected"));
    }

    private double[][] Train(Optimizer rule, IReadOnlyList<ParameterGroup> groups)
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = rule.Over(parameters, groups);
        Run(optimizer, 1, Steps);
        return Weights(parameters);
    }

    private static double[][] Weights(ParameterStore parameters) =>
        [.. parameters.All.Select(parameter => parameter.ToArray())];
}
