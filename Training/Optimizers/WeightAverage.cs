namespace MiniLstm.Training;

/// <summary>
/// An average of the weights over the steps of a run, which often generalises better than the weights themselves:
/// <c>new Adam(1e-3) { Average = new ExponentialMovingAverage(0.999) }</c>. The bound optimiser keeps it, and
/// <see cref="BoundOptimizer.UseAverage"/> puts it in the place of the weights for evaluation and saving.
/// </summary>
/// <remarks>It costs the memory of the weights once more, and one pass over them in each step. A description, without
/// memory of its own.</remarks>
public abstract class WeightAverage
{
    private protected WeightAverage()
    {
    }

    /// <summary>After how many validations without improvement averaging begins; null: at once.</summary>
    internal virtual int? Interval => null;

    /// <summary>κ: after a step the average a becomes (1 - κ) a + κ w.</summary>
    /// <param name="step">The step, counted from 1.</param>
    /// <param name="start">After which step averaging began; null: not yet.</param>
    internal abstract double ShareOf(long step, long? start);
}

/// <summary>a = d a + (1 - d) w after each step; the first step makes it the weights themselves, as in Keras and
/// PyTorch.</summary>
/// <param name="decay">d, how slowly the average forgets; in [0, 1).</param>
/// <exception cref="ArgumentOutOfRangeException">The decay is not in its range.</exception>
public sealed class ExponentialMovingAverage(double decay = 0.999) : WeightAverage
{
    private readonly double _decay = Require.BelowOne(decay);

    internal override double ShareOf(long step, long? start) => step == 1 ? 1 : 1 - _decay;
}

/// <summary>
/// The plain mean of the weights since a validation loss was worse than the best of those more than n validations ago
/// (Merity et al., 2018: the non-monotone trigger); until then the weights themselves. <see cref="AveragedSgd"/> is the
/// usual way to have it.
/// </summary>
/// <remarks>The mean counts the weights at the trigger and those after each later step. Losses come from
/// <see cref="BoundOptimizer.Observe"/>.</remarks>
/// <param name="interval">n, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">n is below 1.</exception>
public sealed class NonMonotoneAverage(int interval = 5) : WeightAverage
{
    private readonly int _interval = (int)Require.AtLeast(1, interval);

    internal override int? Interval => _interval;

    internal override double ShareOf(long step, long? start) => start is { } first ? 1.0 / (step - first + 1) : 1;
}
