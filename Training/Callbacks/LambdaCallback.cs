namespace MiniLstm.Training;

/// <summary>Calls functions of the caller's own: what a class of one's own would do, on one line.</summary>
/// <param name="onTrainBegin">Called at <see cref="Callback.OnTrainBegin"/>.</param>
/// <param name="onEpochBegin">Called at <see cref="Callback.OnEpochBegin"/>.</param>
/// <param name="onBatchEnd">Called at <see cref="Callback.OnBatchEnd"/>, for progress.</param>
/// <param name="onEpochEnd">Called at <see cref="Callback.OnEpochEnd"/>.</param>
/// <param name="onTrainEnd">Called at <see cref="Callback.OnTrainEnd"/>.</param>
public sealed class LambdaCallback(
    Action<Learner>? onTrainBegin = null,
    Action<Learner, int>? onEpochBegin = null,
    Action<Learner, BatchReport>? onBatchEnd = null,
    Action<Learner, EpochReport>? onEpochEnd = null,
    Action<Learner, History>? onTrainEnd = null)
    : Callback
{
    /// <inheritdoc/>
    public override void OnTrainBegin(Learner learner) => onTrainBegin?.Invoke(learner);

    /// <inheritdoc/>
    public override void OnEpochBegin(Learner learner, int epoch) => onEpochBegin?.Invoke(learner, epoch);

    /// <inheritdoc/>
    public override void OnBatchEnd(Learner learner, BatchReport report) => onBatchEnd?.Invoke(learner, report);

    /// <inheritdoc/>
    public override void OnEpochEnd(Learner learner, EpochReport report) => onEpochEnd?.Invoke(learner, report);

    /// <inheritdoc/>
    public override void OnTrainEnd(Learner learner, History history) => onTrainEnd?.Invoke(learner, history);
}
