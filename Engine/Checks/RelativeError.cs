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
    /// <returns>The relative error; NaN if one of either is.</returns>
    public static double Of(double[] actual, double[] expected)
    {
        double scale = ScaleOf(expected);
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(actual[i] - expected[i]) / scale);
        return worst;
    }
}
