namespace MiniLstm.Training;

/// <summary>Multiplies the learning rate by a factor when a figure has not improved for some epochs in a row, as Keras
/// has it.</summary>
/// <param name="monitor">The figure.</param>
/// <param name="factor">The factor, in [0, 1).</param>
/// <param name="patience">How many epochs, at least 1.</param>
/// <param name="minimumDelta">What counts as an improvement: a figure better by more than this; at least 0.</param>
/// <param name="cooldown">For how many epochs nothing is counted after a reduction, at least 0.</param>
/// <param name="minimum">The rate never drops below this, at least 0.</param>
/// <param name="mode">Which way is better.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class ReduceLrOnPlateau(
    string monitor = "val_loss",
    double factor = 0.1,
    int patience = 10,
    double minimumDelta = 1e-4,
    int cooldown = 0,
    double minimum = 0,
    WatchMode mode = WatchMode.Auto)
    : Callback
{
    private readonly Watch _watch = new("reduceLr", monitor, minimumDelta, mode);
    private readonly double _factor = Require.BelowOne(factor);
    private readonly long _patience = Require.AtLeast(1, patience);
    private readonly long _cooldown = Require.AtLeast(0, cooldown);
    private readonly double _minimum = Require.NotNegative(minimum);
    private long _waited;
    private long _cooling;

    private string WaitedNote => $"{_watch.NotePrefix}.waited";

    private string CoolingNote => $"{_watch.NotePrefix}.cooling";

    /// <inheritdoc/>
    public override void OnTrainBegin(Learner learner) => _watch.Begin(learner);

    /// <inheritdoc/>
    public override void OnEpochEnd(Learner learner, EpochReport report)
    {
        if (_cooling > 0)
        {
            _cooling--;
            _waited = 0;
        }

        if (_watch.Observe(_watch.ValueOf(report)))
        {
            _waited = 0;
            return;
        }

        if (_cooling > 0)
            return;
        _waited++;
        if (_waited < _patience || learner.LearningRate <= _minimum)
            return;
        learner.LearningRate = Math.Max(_minimum, learner.LearningRate * _factor);
        _cooling = _cooldown;
        _waited = 0;
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes)
    {
        _watch.SaveTo(notes);
        notes.Add(WaitedNote, _waited);
        notes.Add(CoolingNote, _cooling);
    }

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        _watch.LoadFrom(notes);
        _waited = (long)notes.GetValueOrDefault(WaitedNote);
        _cooling = (long)notes.GetValueOrDefault(CoolingNote);
    }
}
