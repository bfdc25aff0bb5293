namespace MiniLstm.Training;

/// <summary>A straight line from a first factor up to 1, which then stays: PyTorch's LinearLR.</summary>
/// <remarks>
/// <code>
/// start + (1 - start) min(step, steps) / steps
/// </code>
/// </remarks>
/// <param name="steps">The first step whose factor is 1; at least 1.</param>
/// <param name="start">The factor of step 0, in [0, 1]; PyTorch's default.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class LinearWarmUp(long steps, double start = 1.0 / 3) : Schedule
{
    private readonly long _steps = Require.AtLeast(1, steps);
    private readonly double _start = Require.Fraction(start);

    /// <inheritdoc/>
    public override double FactorAt(long step) => _start + (1 - _start) * Math.Min(step, _steps) / _steps;
}
