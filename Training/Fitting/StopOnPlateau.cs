namespace MiniLstm.Training;

/// <summary>Ends the run when validations in a row, as many as the patience, brought no improvement.</summary>
/// <param name="patience">How many, at least 1.</param>
/// <param name="minimumDelta">What counts as an improvement: a loss lower than the best by more than this, in nats; at
/// least 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class StopOnPlateau(int patience, double minimumDelta = 0) : TrainingCallback
{
    private readonly Patience _patience = new("stopOnPlateau", patience, minimumDelta);

    /// <inheritdoc/>
    public override void OnStart(LanguageModelTrainer trainer) => StopIfExhausted(trainer);

    /// <inheritdoc/>
    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
        _patience.Observe(report.Result.Nats);
        StopIfExhausted(trainer);
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes) => _patience.SaveTo(notes);

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes) => _patience.LoadFrom(notes);

    private void StopIfExhausted(LanguageModelTrainer trainer)
    {
        if (_patience.TimesExhausted > 0)
            trainer.Stop($"no improvement in {patience} validations");
    }
}
