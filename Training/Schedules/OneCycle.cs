namespace MiniLstm.Training;

/// <summary>
/// Up to the optimiser's rate and down to almost nothing, each along half a cosine: the one-cycle policy (Smith and
/// Topin, 2018) with the numbers of PyTorch's OneCycleLR, whose max_lr is the optimiser's rate here. The momentum is
/// not cycled.
/// </summary>
/// <remarks>
/// <code>
/// step from 0 to r = rise · total - 1:      from start up to 1
/// step from r to total - 1:                 from 1 down to end; it stays from then on
/// </code>
/// </remarks>
/// <param name="totalSteps">Steps of the whole run, at least 2.</param>
/// <param name="rise">The part of the run in which the rate rises (pct_start), in [0, 1].</param>
/// <param name="start">The first factor (1 / div_factor), in [0, 1].</param>
/// <param name="end">The last factor (1 / div_factor / final_div_factor), in [0, 1].</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class OneCycle(long totalSteps, double rise = 0.3, double start = 1 / 25.0, double end = 1 / 25e4)
    : Schedule
{
    private readonly long _last = Require.AtLeast(2, totalSteps) - 1;
    private readonly double _peak = Math.Max(0, Require.Fraction(rise) * totalSteps - 1);
    private readonly double _start = Require.Fraction(start);
    private readonly double _end = Require.Fraction(end);

    /// <inheritdoc/>
    public override double FactorAt(long step)
    {
        if (step < _peak)
            return Between(_start, 1, step / _peak);
        return step < _last ? Between(1, _end, (step - _peak) / (_last - _peak)) : _end;
    }

    private static double Between(double from, double to, double progress) =>
        to + (from - to) * (1 + Math.Cos(Math.PI * progress)) / 2;
}
