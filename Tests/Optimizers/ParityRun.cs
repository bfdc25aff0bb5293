using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>One of PyTorch's optimiser runs: twelve steps on given gradients, parameters compared after each.</summary>
internal sealed class ParityRun : IDisposable
{
    private const int Steps = 12;

    private readonly ParityCase _case;
    private readonly ParameterStore _parameters;
    private readonly BoundOptimizer _optimizer;
    private readonly double _bound;

    public ParityRun(Backend backend, ParityCase parityCase, Optimizer rule)
    {
        _case = parityCase;
        _bound = backend.Real == ElementKind.Float64 ? 1e-9 : 1e-6;
        ParameterPlan[] plan =
        [
            .. from name in (string[])["a", "b"]
               let values = parityCase.Values($"param.{name}")
               let shape = new Shape(parityCase.Shape($"param.{name}"))
               select new ParameterPlan(name, shape, room => values.CopyTo(room)),
        ];
        _parameters = new ParameterStore(backend, plan);
        _optimizer = rule.Over(_parameters);
    }

    public void Check(Schedule schedule, double maximumNorm = double.PositiveInfinity)
    {
        double[] rates = _case.Values("output.learning_rates");
        for (int step = 1; step <= Steps; step++)
        {
            SetGradients(step);
            _optimizer.LearningRate = _optimizer.Rule.LearningRate * schedule.FactorAt(step - 1);
            Update update = _optimizer.Step(maximumNorm);

            Assert.That(_optimizer.LearningRate, Is.EqualTo(rates[step - 1]).Within(1e-12), $"rate of step {step}");
            if (double.IsFinite(maximumNorm))
                CheckClose([update.Norm], _case.Values($"output.norm{step:00}"), $"norm of step {step}");
            foreach (Parameter parameter in _parameters.All)
            {
                double[] expected = _case.Values($"after.{step:00}.{parameter.Name}");
                CheckClose(parameter.ToArray(), expected, $"{parameter.Name} after step {step}");
            }
        }
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _parameters.Dispose();
    }

    private void SetGradients(int step)
    {
        foreach (Parameter parameter in _parameters.All)
            _parameters.Backend.Upload(parameter.Gradient, _case.Values($"input.step{step:00}.{parameter.Name}"));
    }

    private void CheckClose(double[] actual, double[] expected, string what)
    {
        double scale = expected.Max(Math.Abs);
        Assert.That(actual, Is.EqualTo(expected).Within(_bound * scale), what);
    }
}
