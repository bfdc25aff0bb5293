namespace MiniLstm.Training;

/// <summary>Some steps of training.</summary>
/// <param name="Step">How many steps of the run were made.</param>
/// <param name="Epoch">The epoch of the latest step, from 1.</param>
/// <param name="Loss">The mean loss of the steps since the report before, nats per token.</param>
/// <param name="LearningRate">The rate of the latest step.</param>
/// <param name="GradientNorm">The gradient's norm in the latest step, before clipping.</param>
/// <param name="TokensPerSecond">Speed of these steps, without validation, checkpoints and callbacks.</param>
/// <param name="Elapsed">Time since this process began the run or resumed it, all included.</param>
public sealed record StepReport(
    long Step,
    long Epoch,
    double Loss,
    double LearningRate,
    double GradientNorm,
    double TokensPerSecond,
    TimeSpan Elapsed);

/// <summary>One validation.</summary>
/// <param name="Step">How many steps of the run were made.</param>
/// <param name="Epoch">The epoch of the latest step, from 1.</param>
/// <param name="Result">Loss and accuracy.</param>
/// <param name="IsBest">Whether no earlier validation of the run had a loss as low.</param>
/// <param name="Elapsed">Time since this process began the run or resumed it, all included.</param>
public sealed record ValidationReport(long Step, long Epoch, Evaluation Result, bool IsBest, TimeSpan Elapsed);

/// <summary>Why a run ended.</summary>
public enum TrainingOutcome
{
    /// <summary>The step budget was used up.</summary>
    Completed,

    /// <summary>A callback asked for it.</summary>
    Stopped,

    /// <summary>The caller cancelled; the checkpoint lets the run go on.</summary>
    Interrupted,
}

/// <summary>How a run ended.</summary>
/// <param name="Outcome">Why.</param>
/// <param name="Reason">What the callback said that asked for it, if one did.</param>
/// <param name="Steps">How many steps of the run were made.</param>
/// <param name="TrainingLoss">The loss of the last <see cref="StepReport"/>; null before the first.</param>
/// <param name="ValidationLoss">The loss of the last validation; null before the first.</param>
/// <param name="BestLoss">The lowest loss of a validation; null before the first.</param>
/// <param name="BestStep">The step after which it was measured; 0 before the first.</param>
/// <param name="Elapsed">Time since this process began the run or resumed it.</param>
public sealed record TrainingResult(
    TrainingOutcome Outcome,
    string? Reason,
    long Steps,
    double? TrainingLoss,
    double? ValidationLoss,
    double? BestLoss,
    long BestStep,
    TimeSpan Elapsed);
