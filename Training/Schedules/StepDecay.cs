namespace MiniLstm.Training;

/// <summary>The factor is γ^⌊step / n⌋: the rate drops to γ of itself every n steps, as PyTorch's StepLR has
/// it.</summary>
/// <param name="every">n, at least 1.</param>
/// <param name="factor">γ, in [0, 1].</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class StepDecay(long every, double factor) : Schedule
{
    private readonly long _every = Require.AtLeast(1, every);
    private readonly double _factor = Require.Fraction(factor);

    /// <inheritdoc/>
    public override double FactorAt(long step) => Math.Pow(_factor, step / _every);
}
