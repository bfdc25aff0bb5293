using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Variants of which PyTorch left no case, against the textbook formula in float64, one weight at a
/// time.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class UpdateRuleTests(TestBackend device) : OptimizerFixture(device)
{
    private const int Steps = 12;

    [Test]
    public void RmsProp_MomentumNotCentered_FollowsTheFormula() =>
        Check(new RmsProp(0.01, smoothing: 0.9, decay: 0.1, momentum: 0.8), (weight, gradient, state, _) =>
        {
            double g = gradient + 0.1 * weight;
            state[0] = 0.9 * state[0] + 0.1 * g * g;
            state[1] = 0.8 * state[1] + g / (Math.Sqrt(state[0]) + 1e-8);
            return weight - 0.01 * state[1];
        });

    [Test]
    public void RmsProp_CenteredWithoutMomentum_FollowsTheFormula() =>
        Check(new RmsProp(0.01, epsilon: 0.1, centered: true), (weight, gradient, state, _) =>
        {
            state[0] = 0.99 * state[0] + 0.01 * gradient * gradient;
            state[1] = 0.99 * state[1] + 0.01 * gradient;
            return weight - 0.01 * gradient / (Math.Sqrt(state[0] - state[1] * state[1]) + 0.1);
        });

    [Test]
    public void Adagrad_InitialSquares_FollowsTheFormula() =>
        Check(new Adagrad(0.1, initialSquares: 0.5, decay: 0.2), (weight, gradient, state, step) =>
        {
            double g = gradient + 0.2 * weight;
            state[0] = (step == 1 ? 0.5 : state[0]) + g * g;
            return weight - 0.1 * g / (Math.Sqrt(state[0]) + 1e-10);
        });

    [Test]
    public void AdamW_Amsgrad_FollowsTheFormula() =>
        Check(new AdamW(0.01, secondDecay: 0.5, decay: 0.1, amsgrad: true), (weight, gradient, state, step) =>
        {
            state[0] = 0.9 * state[0] + 0.1 * gradient;
            state[1] = 0.5 * state[1] + 0.5 * gradient * gradient;
            state[2] = Math.Max(state[2], state[1]);
            double root = Math.Sqrt(state[2] / (1 - Math.Pow(0.5, step)));
            return weight * (1 - 0.01 * 0.1) - 0.01 * state[0] / (1 - Math.Pow(0.9, step)) / (root + 1e-8);
        });

    [Test]
    public void RmsProp_CenteredAndGradientsAlwaysTheSame_StaysFinite()
    {
        // The variance is 0 but for rounding, which may take it below.
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = new RmsProp(1e-3, smoothing: 0.5, epsilon: 1, centered: true).Over(parameters);
        for (int step = 0; step < 60; step++)
        {
            foreach (Parameter parameter in parameters.All)
                Backend.Upload(parameter.Gradient, GradientOf(parameter, step: 1));
            optimizer.Step();
        }

        Assert.That(Read(parameters.Values), Has.All.Matches<double>(double.IsFinite));
    }

    private void Check(Optimizer rule, Func<double, double, double[], int, double> formula)
    {
        using ParameterStore parameters = NewParameters();
        using BoundOptimizer optimizer = rule.Over(parameters);
        double[][] expected = [.. parameters.All.Select(parameter => parameter.ToArray())];
        Run(optimizer, 1, Steps);

        for (int k = 0; k < expected.Length; k++)
        {
            Parameter parameter = parameters.All[k];
            double[] weights = expected[k];
            for (int i = 0; i < weights.Length; i++)
            {
                double[] state = new double[3];
                for (int step = 1; step <= Steps; step++)
                    weights[i] = formula(weights[i], GradientOf(parameter, step)[i], state, step);
            }

            Assert.That(parameter.ToArray(), Is.EqualTo(weights).Within(Bound), parameter.Name);
        }
    }
}
