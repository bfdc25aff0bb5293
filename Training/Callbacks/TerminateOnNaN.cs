namespace MiniLstm.Training;

/// <summary>Ends the run when a loss or a gradient is NaN or infinite, where it would end with a
/// <see cref="TrainingFailedException"/>. The weights are those before a step with such a gradient.</summary>
public sealed class TerminateOnNaN : Callback
{
    /// <inheritdoc/>
    public override void OnBatchEnd(Learner learner, BatchReport report)
    {
        if (report.HasFailed || !double.IsFinite(report.Loss))
            learner.Stop($"the loss of batch {report.Batch} of epoch {report.Epoch} is {report.Loss}");
    }
}
