namespace MiniLstm.Engine;

/// <summary>
/// How <see cref="Backend.Update"/> clips gradients: each is multiplied by min(1, maximum norm / (norm + 1e-6)), as
/// PyTorch does, and then limited to [-maximum value, maximum value].
/// </summary>
/// <param name="SquaredNorm">[1]: the squared norm, on the device; absent: no norm limits anything.</param>
/// <param name="MaximumNorm">The maximum norm, infinity for none.</param>
/// <param name="MaximumValue">The maximum value, infinity for none.</param>
public readonly record struct GradientLimit(View SquaredNorm, double MaximumNorm, double MaximumValue)
{
    /// <summary>Added to the norm, so that nothing divides by 0.</summary>
    internal const double Epsilon = 1e-6;

    /// <summary>Leaves gradients as they are.</summary>
    public static GradientLimit None { get; } = new(default, double.PositiveInfinity, double.PositiveInfinity);

    /// <summary>What gradients are multiplied by.</summary>
    /// <param name="squaredNorm">The squared norm, finite.</param>
    /// <returns>At most 1.</returns>
    public double ScaleOf(double squaredNorm) => Math.Min(1, MaximumNorm / (Math.Sqrt(squaredNorm) + Epsilon));
}
