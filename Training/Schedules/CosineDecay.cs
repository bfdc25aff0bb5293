namespace MiniLstm.Training;

/// <summary>A linear warm-up over w steps, then half a cosine from 1 down to a minimum at the end of the run
/// (Loshchilov and Hutter, 2017); without warm-up as PyTorch's CosineAnnealingLR has it.</summary>
/// <remarks>
/// <code>
/// step &lt; w:    (step + 1) / (w + 1)
/// otherwise:   minimum + (1 - minimum) (1 + cos(π p)) / 2,   p = (step - w) / (total - w), at most 1
/// </code>
/// </remarks>
/// <param name="totalSteps">Steps of the whole run, more than the warm-up; the minimum stays from then on.</param>
/// <param name="warmUpSteps">w, at least 0; no step has the factor 0.</param>
/// <param name="minimum">The last factor, in [0, 1].</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class CosineDecay(long totalSteps, long warmUpSteps = 0, double minimum = 0) : Schedule
{
    private readonly long _warmUpSteps = Require.AtLeast(0, warmUpSteps);
    private readonly long _totalSteps = Require.AtLeast(warmUpSteps + 1, totalSteps);
    private readonly double _minimum = Require.Fraction(minimum);

    /// <inheritdoc/>
    public override double FactorAt(long step)
    {
        if (step < _warmUpSteps)
            return (step + 1.0) / (_warmUpSteps + 1.0);
        double progress = Math.Min(1, (step - _warmUpSteps) / (double)(_totalSteps - _warmUpSteps));
        return _minimum + (1 - _minimum) * (1 + Math.Cos(Math.PI * progress)) / 2;
    }
}
