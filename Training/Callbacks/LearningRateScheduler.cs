namespace MiniLstm.Training;

/// <summary>Sets the learning rate of each epoch.</summary>
public sealed class LearningRateScheduler : Callback
{
    private readonly Action<Learner, int> _onEpoch;
    private readonly Action<Learner> _onBatch;

    /// <summary>A function of the epoch, as Keras has it.</summary>
    /// <param name="rateOf">The rate, given how many epochs are completed (0 at first, as Keras counts) and the rate
    /// until now.</param>
    public LearningRateScheduler(Func<int, double, double> rateOf)
    {
        _onEpoch = (learner, epoch) => learner.LearningRate = rateOf(epoch - 1, learner.LearningRate);
        _onBatch = _ => { };
    }

    /// <summary>A schedule of factors of a rate, step by step.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="learningRate">What it gives factors of, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in its range.</exception>
    public LearningRateScheduler(Schedule schedule, double learningRate)
    {
        Require.NotNegative(learningRate);
        _onEpoch = (_, _) => { };
        _onBatch = learner => learner.LearningRate = learningRate * schedule.FactorAt(learner.CompletedSteps);
    }

    /// <inheritdoc/>
    public override void OnEpochBegin(Learner learner, int epoch) => _onEpoch(learner, epoch);

    /// <inheritdoc/>
    public override void OnBatchBegin(Learner learner, int epoch, int batch) => _onBatch(learner);
}
