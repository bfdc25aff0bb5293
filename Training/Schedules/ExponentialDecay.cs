namespace MiniLstm.Training;

/// <summary>The factor is γ^(step / n): with n = 1 PyTorch's ExponentialLR, with any n Keras's
/// ExponentialDecay.</summary>
/// <param name="factor">γ, in [0, 1].</param>
/// <param name="steps">n: in how many steps the rate falls to γ of itself, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class ExponentialDecay(double factor, long steps = 1) : Schedule
{
    private readonly double _factor = Require.Fraction(factor);
    private readonly long _steps = Require.AtLeast(1, steps);

    /// <inheritdoc/>
    public override double FactorAt(long step) => Math.Pow(_factor, step / (double)_steps);
}
