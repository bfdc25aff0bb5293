using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class GradientClippingTests(TestBackend device) : OptimizerFixture(device)
{
    [Test]
    public void Step_ByValue_LimitsEachElement() =>
        Check(GradientClipping.ByValue(0.25), gradients => [.. gradients.Select(Limited)]);

    [Test]
    public void Step_ByNorm_ScalesEachParameterByItsOwnNorm() =>
        Check(
            GradientClipping.ByNorm(3),
            gradients => [.. gradients.Select(gradient => Scaled(gradient, of: gradient, 3))]);

    [Test]
    public void Step_ByGlobalNorm_ScalesAllByTheNormOfAll() =>
        Check(GradientClipping.ByGlobalNorm(3), gradients =>
        {
            double[] all = [.. gradients.SelectMany(gradient => gradient)];
            return [.. gradients.Select(gradient => Scaled(gradient, all, 3))];
        });

    [Test]
    public void Step_None_LeavesThemAsTheyAre() => Check(GradientClipping.None, gradients => gradients);

    [Test]
    public void Step_ByNormWithGroups_KeepsFrozenParametersAndRates()
    {
        using ParameterStore parameters = NewParameters();
        Freeze(parameters, "first.weight", "first.bias");
        using BoundOptimizer optimizer = new Sgd(1).Over(parameters, [new ParameterGroup("second") { RateFactor = 0.5 }]);
        double[][] before = [.. parameters.All.Select(parameter => parameter.ToArray())];
        Run(optimizer, 1, 1, GradientClipping.ByNorm(3));

        double[] gradient = GradientOf(parameters["second.weight"], step: 1);
        double[] step = Scaled(gradient, gradient, 3);
        Assert.That(parameters["first.weight"].ToArray(), Is.EqualTo(before[0]));
        Assert.That(
            parameters["second.weight"].ToArray(),
            Is.EqualTo(before[2].Zip(step, (weight, g) => weight - 0.5 * g)).Within(Bound));
    }

    [Test]
    public void Step_NotFinite_FailsHoweverItIsClipped()
    {
        GradientClipping[] ways =
        [
            GradientClipping.None, GradientClipping.ByValue(1), GradientClipping.ByNorm(1),
            GradientClipping.ByGlobalNorm(1),
        ];
        foreach (GradientClipping clipping in ways)
        {
            using ParameterStore parameters = NewParameters();
            using BoundOptimizer optimizer = new Sgd(1).Over(parameters);
            double[] before = Read(parameters.Values);
            Backend.Upload(parameters["first.bias"].Gradient, [0, 0, double.PositiveInfinity, 0, 0]);

            Assert.That(optimizer.Step(clipping).FailedStep, Is.EqualTo(1), $"{clipping}");
            Assert.That(Read(parameters.Values), Is.EqualTo(before), $"{clipping}");
        }
    }

    [Test]
    public void Factories_MaximumNotAboveZero_Throw([Values(0, -1, double.NaN)] double maximum)
    {
        Assert.That(() => GradientClipping.ByValue(maximum), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => GradientClipping.ByNorm(maximum), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => GradientClipping.ByGlobalNorm(maximum), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private void Check(GradientClipping clipping, Func<double[][], double[][]> clip)
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = new Sgd(1).Over(parameters);
        double[][] before = [.. parameters.All.Select(parameter => parameter.ToArray())];
        double[][] gradients = [.. parameters.All.Select(parameter => GradientOf(parameter, step: 1))];
        Update update = Run(optimizer, 1, 1, clipping);

        double norm = Math.Sqrt(gradients.Sum(gradient => gradient.Sum(g => g * g)));
        Assert.That(update.Norm, Is.EqualTo(norm).Within(1e-6 * norm), "the norm is that before clipping");
        double[][] clipped = clip(gradients);
        for (int k = 0; k < before.Length; k++)
        {
            double[] expected = [.. before[k].Zip(clipped[k], (weight, g) => weight - g)];
            Assert.That(parameters.All[k].ToArray(), Is.EqualTo(expected).Within(Bound), parameters.All[k].Name);
            Assert.That(parameters.All[k].GradientToArray(), Is.EqualTo(gradients[k]), "gradients stay as they are");
        }
    }

    private static double[] Limited(double[] gradient) => [.. gradient.Select(g => Math.Clamp(g, -0.25, 0.25))];

    private static double[] Scaled(double[] gradient, double[] of, double maximum)
    {
        double norm = Math.Sqrt(of.Sum(g => g * g));
        return [.. gradient.Select(g => g * Math.Min(1, maximum / (norm + 1e-6)))];
    }
}
