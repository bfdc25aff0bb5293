namespace MiniLstm.Training;

/// <summary>Waits for a loss to improve: what early stopping and <see cref="ReduceOnPlateau"/> have in
/// common.</summary>
/// <param name="name">What its notes in a checkpoint are called.</param>
/// <param name="limit">After how many losses in a row without improvement patience runs out, at least 1.</param>
/// <param name="minimumDelta">What counts as an improvement: a loss lower than the best by more than this; at least
/// 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
internal sealed class Patience(string name, int limit, double minimumDelta)
{
    private readonly long _limit = Require.AtLeast(1, limit);
    private readonly double _minimumDelta = Require.NotNegative(minimumDelta);
    private double? _best;
    private int _misses;

    /// <summary>How often patience ran out.</summary>
    public int TimesExhausted { get; private set; }

    /// <summary>Takes note of a loss; NaN is no improvement. When patience runs out, the count of misses begins
    /// anew.</summary>
    /// <param name="loss">The loss.</param>
    public void Observe(double loss)
    {
        bool improved = _best is { } best ? loss < best - _minimumDelta : !double.IsNaN(loss);
        if (improved)
        {
            _best = loss;
            _misses = 0;
            return;
        }

        _misses++;
        if (_misses < _limit)
            return;
        _misses = 0;
        TimesExhausted++;
    }

    /// <summary>Writes down all that the losses so far taught.</summary>
    /// <param name="notes">What a checkpoint keeps.</param>
    public void SaveTo(IDictionary<string, double> notes)
    {
        notes.Add($"{name}.misses", _misses);
        notes.Add($"{name}.timesExhausted", TimesExhausted);
        if (_best is { } best)
            notes.Add($"{name}.best", best);
    }

    /// <summary>Goes on from what was written down; from nothing where it was not.</summary>
    /// <param name="notes">What a checkpoint kept.</param>
    public void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        _misses = (int)notes.GetValueOrDefault($"{name}.misses");
        TimesExhausted = (int)notes.GetValueOrDefault($"{name}.timesExhausted");
        _best = notes.TryGetValue($"{name}.best", out double best) ? best : null;
    }
}
