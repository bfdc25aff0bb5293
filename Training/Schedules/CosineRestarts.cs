namespace MiniLstm.Training;

/// <summary>
/// Half a cosine from 1 down towards a minimum, again and again, each period longer than the one before: warm restarts
/// (SGDR; Loshchilov and Hutter, 2017), as PyTorch's CosineAnnealingWarmRestarts.
/// </summary>
/// <remarks>
/// With periods of n, nm, nm², … steps and t the steps since the latest began, of length T:
/// <code>
/// minimum + (1 - minimum) (1 + cos(π t / T)) / 2
/// </code>
/// </remarks>
/// <param name="period">n, the length of the first period in steps, at least 1.</param>
/// <param name="periodFactor">m, how many times as long as the one before each period is, at least 1.</param>
/// <param name="minimum">What the factor falls towards, in [0, 1].</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class CosineRestarts(long period, int periodFactor = 1, double minimum = 0) : Schedule
{
    private readonly long _period = Require.AtLeast(1, period);
    private readonly long _periodFactor = Require.AtLeast(1, periodFactor);
    private readonly double _minimum = Require.Fraction(minimum);

    /// <inheritdoc/>
    public override double FactorAt(long step)
    {
        long length = _period;
        long since = step;
        if (_periodFactor == 1)
            since %= length;
        while (since >= length)
        {
            since -= length;
            length *= _periodFactor;
        }

        return _minimum + (1 - _minimum) * (1 + Math.Cos(Math.PI * since / length)) / 2;
    }
}
