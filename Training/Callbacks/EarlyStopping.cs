namespace MiniLstm.Training;

/// <summary>Ends the run when a figure has not improved for some epochs in a row, as Keras has it.</summary>
/// <param name="patience">How many, at least 1. (Keras's 0 does what 1 does.)</param>
/// <param name="monitor">The figure.</param>
/// <param name="minimumDelta">What counts as an improvement: a figure better by more than this; at least 0.</param>
/// <param name="mode">Which way is better.</param>
/// <param name="baseline">An improvement must also beat this for the count to begin anew; null: nothing to
/// beat.</param>
/// <param name="restoreBestWeights">Whether the weights of the best epoch are restored at the end of the run. They are
/// the learner's kept weights, <see cref="Learner.KeepWeights"/>.</param>
/// <param name="startFromEpoch">How many epochs are let pass before the first one counts, at least 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class EarlyStopping(
    int patience,
    string monitor = "val_loss",
    double minimumDelta = 0,
    WatchMode mode = WatchMode.Auto,
    double? baseline = null,
    bool restoreBestWeights = false,
    int startFromEpoch = 0)
    : Callback
{
    private readonly Watch _watch = new("earlyStopping", monitor, minimumDelta, mode);
    private readonly long _patience = Require.AtLeast(1, patience);
    private readonly long _startFromEpoch = Require.AtLeast(0, startFromEpoch);
    private long _waited;

    private string WaitedNote => $"{_watch.NotePrefix}.waited";

    /// <summary>The best figure so far; null before the first.</summary>
    public double? Best => _watch.Best;

    /// <inheritdoc/>
    public override void OnTrainBegin(Learner learner) => _watch.Begin(learner);

    /// <inheritdoc/>
    public override void OnEpochEnd(Learner learner, EpochReport report)
    {
        if (report.Epoch <= _startFromEpoch)
            return;
        double value = _watch.ValueOf(report);
        _waited++;
        if (_watch.Observe(value))
        {
            if (restoreBestWeights)
                learner.KeepWeights();
            if (baseline is not { } bar || _watch.IsBetter(value, bar))
                _waited = 0;
        }
        else if (_waited >= _patience)
        {
            learner.Stop($"no improvement of {monitor} in {_waited} epochs");
        }
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(Learner learner, History history)
    {
        if (restoreBestWeights && _watch.Best is not null && !history.IsCancelled)
            learner.RestoreWeights();
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes)
    {
        _watch.SaveTo(notes);
        notes.Add(WaitedNote, _waited);
    }

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        _watch.LoadFrom(notes);
        _waited = (long)notes.GetValueOrDefault(WaitedNote);
    }
}
