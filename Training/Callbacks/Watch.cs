namespace MiniLstm.Training;

/// <summary>Which way a watched figure is better.</summary>
public enum WatchMode
{
    /// <summary>Losses downwards, metrics as they say themselves.</summary>
    Auto,

    /// <summary>Less is better.</summary>
    Minimum,

    /// <summary>More is better.</summary>
    Maximum,
}

/// <summary>Looks at one figure of each epoch and remembers the best: what callbacks that wait for an improvement have
/// in common.</summary>
/// <param name="owner">The callback, for messages and notes.</param>
/// <param name="monitor">The figure's name.</param>
/// <param name="minimumDelta">What counts as an improvement: a figure better by more than this; at least 0.</param>
/// <param name="mode">Which way is better.</param>
/// <exception cref="ArgumentOutOfRangeException">The delta is not in its range.</exception>
internal sealed class Watch(string owner, string monitor, double minimumDelta, WatchMode mode)
{
    private readonly double _minimumDelta = Require.NotNegative(minimumDelta);
    private readonly string _note = $"{owner}.{monitor}.best";
    private bool _higherIsBetter;

    /// <summary>The best figure so far; null before the first.</summary>
    public double? Best { get; private set; }

    /// <summary>What notes about this figure begin with.</summary>
    public string NotePrefix => $"{owner}.{monitor}";

    /// <summary>Checks that the run has the figure.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public void Begin(Learner learner)
    {
        if (!learner.FigureNames.Contains(monitor))
            throw new ArgumentException(
                $"{owner}: no figure '{monitor}' in this run; there are {string.Join(", ", learner.FigureNames)}");
        _higherIsBetter = mode == WatchMode.Maximum
            || (mode == WatchMode.Auto && learner.HigherIsBetter(monitor));
    }

    /// <summary>The figure of an epoch.</summary>
    public double ValueOf(EpochReport report) => report.Figures[monitor];

    /// <summary>Takes note of a figure.</summary>
    /// <returns>Whether it is better than the best before it; the first one is, unless it is NaN.</returns>
    public bool Observe(double value)
    {
        if (Best is { } best ? !IsBetter(value, best) : double.IsNaN(value))
            return false;
        Best = value;
        return true;
    }

    /// <summary>Whether a figure is better than another, by more than the delta.</summary>
    public bool IsBetter(double value, double than) => _higherIsBetter
        ? value > than + _minimumDelta
        : value < than - _minimumDelta;

    /// <summary>Forgets the figures so far; only better ones than this count from now on.</summary>
    public void StartFrom(double? best) => Best = best;

    /// <summary>Writes down the best.</summary>
    public void SaveTo(IDictionary<string, double> notes)
    {
        if (Best is { } best)
            notes.Add(_note, best);
    }

    /// <summary>Goes on from what was written down.</summary>
    public void LoadFrom(IReadOnlyDictionary<string, double> notes) =>
        Best = notes.TryGetValue(_note, out double best) ? best : null;
}
