namespace MiniLstm.Training;

/// <summary>A training step whose gradient was NaN or infinite. The trainer is as it was before that step.</summary>
/// <param name="step">The step, from 1.</param>
/// <param name="cause">Which operation was the first to produce what, in words.</param>
/// <param name="inner">The error of the step when it was run again with checks, if there was one.</param>
public sealed class TrainingFailedException(long step, string cause, Exception? inner = null)
    : Exception($"step {step}: {cause}; a lower learning rate or maximum norm of the gradient often helps", inner)
{
    /// <summary>The step, from 1.</summary>
    public long Step { get; } = step;
}
