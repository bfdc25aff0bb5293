namespace MiniLstm.Engine;

/// <summary>
/// Compares the gradients of an operation with differences of its values, in float64 on <see cref="ReferenceBackend"/>: forward is taken as right,
/// backward must be its derivative.
/// </summary>
/// <remarks>
/// The slope of the loss f along a direction is taken from four points, (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12 h: its own error is h⁴ f⁽⁵⁾ / 30
/// and the rounding of f over h. Where a long step shows too much curvature, a short one counts: a wrong gradient is wrong by both.
/// </remarks>
public static class GradientCheck
{
    /// <summary>The largest error that passes.</summary>
    public const double Bound = 1e-7;

    private const double LongStep = 1e-3;
    private const double ShortStep = 2e-4;
    private const int ElementLimit = 2000;
    private const int DirectionCount = 2;
    private const ulong DirectionStream = 300;

    /// <summary>Runs the check: for every element of every operand if there are fewer than 2,000, else along random directions. Each operand is
    /// also differentiated alone, which must give the same.</summary>
    /// <param name="operationCase">The case.</param>
    /// <returns>The worst error over the largest gradient of its operand (at least 0.001); infinite if a gradient is NaN.</returns>
    /// <exception cref="InvalidOperationException">Memory was written outside its view, or not returned.</exception>
    public static double WorstError(OperationCase operationCase)
    {
        using ReferenceBackend poisoned = new(BackendOptions.Default with { Poison = true });
        using ReferenceBackend backend = new();
        CaseRun run = new(operationCase);
        IReadOnlyList<double[]> gradients = run.Run(poisoned).Gradients;
        bool everyElement = run.Values.Sum(v => v.Length) < ElementLimit;
        double worst = 0;
        for (int k = 0; k < gradients.Count; k++)
        {
            if (operationCase.Operands[k].IsConstant)
                continue;
            double[] gradient = gradients[k];
            double[] alone = run.Run(poisoned, only: k).Gradients[k];
            worst = RelativeError.Larger(worst, RelativeError.Of(alone, gradient));

            IEnumerable<double[]> directions = everyElement ? UnitDirections(gradient.Length) : RandomDirections(gradient.Length, k);
            foreach (double[] direction in directions)
                worst = RelativeError.Larger(worst, ErrorAlong(direction, run, k, gradient, backend));
        }

        return worst;
    }

    private static double ErrorAlong(double[] direction, CaseRun run, int operand, double[] gradient, Backend backend)
    {
        double slope = gradient.Zip(direction, (g, d) => g * d).Sum();
        double scale = RelativeError.ScaleOf(gradient);
        double error = With(LongStep);
        return error < Bound ? error : Math.Min(error, With(ShortStep));

        double With(double step) => Math.Abs(slope - DifferenceAlong(direction, step, run, operand, backend)) / scale;
    }

    private static double DifferenceAlong(double[] direction, double step, CaseRun run, int operand, Backend backend)
    {
        double[] values = run.Values[operand];
        double[] before = [.. values];
        double near = LossAt(step) - LossAt(-step);
        double far = LossAt(2 * step) - LossAt(-2 * step);
        before.CopyTo(values, 0);
        return (8 * near - far) / (12 * step);

        double LossAt(double distance)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = before[i] + distance * direction[i];
            return run.Loss(backend);
        }
    }

    private static IEnumerable<double[]> UnitDirections(int count)
    {
        for (int i = 0; i < count; i++)
        {
            double[] direction = new double[count];
            direction[i] = 1;
            yield return direction;
        }
    }

    // Every element one step up or down: an error in a single one counts in full.
    private static IEnumerable<double[]> RandomDirections(int count, int operand)
    {
        RandomStream random = new(seed: 1, DirectionStream + (ulong)operand);
        for (int n = 0; n < DirectionCount; n++)
        {
            double[] direction = new double[count];
            for (int i = 0; i < count; i++)
                direction[i] = random.NextUniform() < 0.5 ? -1 : 1;
            yield return direction;
        }
    }
}
