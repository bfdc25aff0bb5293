namespace MiniLstm.Training;

/// <summary>One batch of an epoch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Batch">The batch, from 1.</param>
/// <param name="Batches">How many batches the epoch has.</param>
/// <param name="Step">How many steps the learner made in its life, with this one.</param>
/// <param name="Loss">The loss of this batch.</param>
/// <param name="RunningLoss">The mean loss of the epoch so far, each sample counting once: what Keras prints.</param>
/// <param name="GradientNorm">The gradient's norm before clipping.</param>
public sealed record BatchReport(
    int Epoch, int Batch, int Batches, long Step, double Loss, double RunningLoss, double GradientNorm)
{
    /// <summary>Whether the gradient was NaN or infinite: the step then changed nothing.</summary>
    public bool HasFailed => !double.IsFinite(GradientNorm);
}

/// <summary>One epoch.</summary>
/// <param name="Epoch">Which, from 1.</param>
/// <param name="Step">How many steps the learner made in its life.</param>
/// <param name="Figures">Loss, metrics, and those of the validation, by name, in this order.</param>
/// <param name="LearningRate">The rate of its steps.</param>
/// <param name="Elapsed">Time since this process began the run or resumed it.</param>
public sealed record EpochReport(
    int Epoch, long Step, IReadOnlyDictionary<string, double> Figures, double LearningRate, TimeSpan Elapsed);
