namespace MiniLstm.Engine;

/// <summary>How far computed values are from the right ones.</summary>
internal static class RelativeError
{
    // Of tensors whose values are all smaller than this, differences count as if the largest were this.
    private const double SmallestScale = 1e-3;

    /// <summary>The largest magnitude of a tensor, at least 0.001: what its errors are measured by.</summary>
    /// <param name="expected">The right values.</param>
    /// <returns>The scale.</returns>
    public static double ScaleOf(double[] expected) => Math.Max(SmallestScale, expected.Max(Math.Abs));

    /// <summary>The worst difference over the scale of the right values.</summary>
    /// <param name="actual">The computed values.</param>
    /// <param name="expected">The right values, as many.</param>
    /// <returns>The relative error; infinite if a value is NaN.</returns>
    public static double Of(double[] actual, double[] expected)
    {
        double scale = ScaleOf(expected);
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
            worst = Larger(worst, Math.Abs(actual[i] - expected[i]) / scale);
        return worst;
    }

    /// <summary>The larger of two errors, NaN counting as infinite: no comparison with a bound may let it pass.</summary>
    /// <param name="a">An error.</param>
    /// <param name="b">Another.</param>
    /// <returns>The larger one.</returns>
    public static double Larger(double a, double b)
    {
        double larger = Math.Max(a, b);
        return double.IsNaN(larger) ? double.PositiveInfinity : larger;
    }
}
