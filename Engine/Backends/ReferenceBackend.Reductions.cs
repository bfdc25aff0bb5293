namespace MiniLstm.Engine;

/// <content>Along an axis: [outer, length, inner] becomes [outer, inner], and back.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Sum(View to, View x, Axis axis, double scale, bool add)
    {
        Span<double> target = Reals(to);
        Span<double> source = Reals(x);
        for (int i = 0; i < target.Length; i++)
        {
            double sum = 0;
            for (int k = 0; k < axis.Length; k++)
                sum += source[Position(axis, i, k)];
            Put(ref target[i], scale * sum, add);
        }
    }

    /// <inheritdoc/>
    public override void SumProducts(View to, View a, View b, bool add)
    {
        Span<double> target = Reals(to);
        for (int column = 0; column < target.Length; column++)
        {
            double sum = 0;
            for (int row = 0; row < a.Rows; row++)
                sum += Row(a, row)[column] * Row(b, row)[column];
            Put(ref target[column], sum, add);
        }
    }

    /// <inheritdoc/>
    public override void Spread(View to, View x, Axis axis, double scale, bool add)
    {
        Span<double> target = Reals(to);
        Span<double> source = Reals(x);
        for (int i = 0; i < source.Length; i++)
        {
            for (int k = 0; k < axis.Length; k++)
                Put(ref target[Position(axis, i, k)], scale * source[i], add);
        }
    }

    /// <inheritdoc/>
    public override void Max(View to, View positions, View x, Axis axis)
    {
        Span<int> found = Integers(positions);
        Span<double> source = Reals(x);
        for (int i = 0; i < found.Length; i++)
        {
            int best = 0;
            for (int k = 1; k < axis.Length; k++)
            {
                if (IsLarger(source[Position(axis, i, k)], source[Position(axis, i, best)]))
                    best = k;
            }

            found[i] = best;
            if (to.Exists)
                Reals(to)[i] = source[Position(axis, i, best)];
        }
    }

    /// <inheritdoc/>
    public override void MaxSlope(View dx, View positions, View dy, Axis axis, bool add)
    {
        Span<double> target = Reals(dx);
        Span<int> found = Integers(positions);
        Span<double> gradient = Reals(dy);
        if (!add)
            target.Clear();
        for (int i = 0; i < found.Length; i++)
            target[Position(axis, i, found[i])] += gradient[i];
    }

    /// <inheritdoc/>
    public override void SumOfSquares(View to, View x, bool add)
    {
        double sum = 0;
        foreach (double value in Reals(x))
            sum += value * value;
        Put(ref Reals(to)[0], sum, add);
    }

    /// <summary>Where, in [outer, length, inner], element k along the axis is that belongs to element i of [outer, inner].</summary>
    private static int Position(Axis axis, int i, int k)
    {
        int inner = (int)axis.Inner;
        int outerIndex = i / inner;
        int innerIndex = i % inner;
        return (outerIndex * (int)axis.Length + k) * inner + innerIndex;
    }

    private static bool IsLarger(double a, double b) => a > b || (double.IsNaN(a) && !double.IsNaN(b));
}
