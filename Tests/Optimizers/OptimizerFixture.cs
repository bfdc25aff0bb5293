using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Three parameters of two layers, and gradients that differ from step to step.</summary>
public abstract class OptimizerFixture(TestBackend device) : BackendFixture(device)
{
    /// <summary>What float32 may be off, and float64 is not.</summary>
    protected double Bound => Backend.Real == ElementKind.Float64 ? 1e-13 : 2e-6;

    /// <summary>Sizes that leave padding between them, and one that takes several vectors.</summary>
    protected ParameterStore NewParameters() => new(
        Backend,
        [
            new("first.weight", [3, 7], values => Fill(values, 1)),
            new("first.bias", [5], values => Fill(values, 2)),
            new("second.weight", [9, 17], values => Fill(values, 3)),
        ]);

    /// <summary>The gradient of one parameter in one step, exact in float32.</summary>
    protected static double[] GradientOf(Parameter parameter, int step)
    {
        double[] values = new double[parameter.Shape.Count];
        Fill(values, 100 * step + parameter.Name.Length);
        return values;
    }

    /// <summary>Makes steps from <paramref name="first"/> to <paramref name="last"/>.</summary>
    protected Update Run(BoundOptimizer optimizer, int first, int last, GradientClipping clipping = default)
    {
        Update update = optimizer.LastUpdate;
        for (int step = first; step <= last; step++)
        {
            foreach (Parameter parameter in optimizer.Parameters.All)
                Backend.Upload(parameter.Gradient, GradientOf(parameter, step));
            update = optimizer.Step(clipping);
        }

        return update;
    }

    protected static void Freeze(ParameterStore parameters, params IEnumerable<string> names)
    {
        foreach (string name in names)
            parameters[name].IsTrainable = false;
    }

    protected double[] Read(View view)
    {
        double[] values = new double[view.Count];
        Backend.Download(view, values);
        return values;
    }

    private static void Fill(Span<double> values, int start)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)Math.Sin(start + i);
    }
}
