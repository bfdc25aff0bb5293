namespace MiniLstm.Training;

/// <summary>Waits for a validation loss that is worse than the best of those more than n validations before
/// it.</summary>
/// <param name="interval">n.</param>
internal sealed class NonMonotoneTrigger(int interval)
{
    private const string StartNote = "average.start";
    private const string BestNote = "average.best";
    private const string RecentNote = "average.recent";

    private readonly Queue<double> _recent = [];
    private double _best = double.PositiveInfinity;

    /// <summary>After which step it was pulled; null: not yet.</summary>
    public long? Start { get; private set; }

    /// <summary>Takes note of a loss; NaN neither pulls the trigger nor is ever the best.</summary>
    public void Observe(double loss, long step)
    {
        if (Start is null && loss > _best)
            Start = step;
        _recent.Enqueue(loss);
        if (_recent.Count > interval && _recent.Dequeue() is var old && old < _best)
            _best = old;
    }

    public void SaveTo(IDictionary<string, double> notes)
    {
        if (Start is { } start)
            notes.Add(StartNote, start);
        notes.Add(BestNote, _best);
        foreach ((int k, double loss) in _recent.Index())
            notes.Add($"{RecentNote}{k}", loss);
    }

    public void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        Start = notes.TryGetValue(StartNote, out double start) ? (long)start : null;
        _best = notes.GetValueOrDefault(BestNote, double.PositiveInfinity);
        _recent.Clear();
        for (int k = 0; notes.TryGetValue($"{RecentNote}{k}", out double loss); k++)
            _recent.Enqueue(loss);
    }
}
