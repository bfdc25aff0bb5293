using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>
/// Describes how weights follow their gradients: a rule and its numbers, no memory. <see cref="Over"/> binds it to
/// parameters.
/// </summary>
/// <remarks>A rule of your own is two small types: a struct that is an <see cref="IUpdateRule{TSelf}"/>, which then
/// runs on every device, and a class that derives from <see cref="Optimizer{TRule}"/>.</remarks>
public abstract class Optimizer
{
    private protected Optimizer(double learningRate, double decay)
    {
        LearningRate = Require.NotNegative(learningRate);
        Decay = Require.NotNegative(decay);
    }

    /// <summary>The learning rate η that a run starts with; schedules are factors of it.</summary>
    public double LearningRate { get; }

    /// <summary>The weight decay λ; what it does is the rule's matter.</summary>
    public double Decay { get; }

    /// <summary>How many moments are kept for each weight, 0 to 3.</summary>
    public abstract int MomentCount { get; }

    /// <summary>An average of the weights that is kept beside them for evaluation; null: none.</summary>
    public WeightAverage? Average { get; init; }

    /// <summary>Binds the rule to parameters: rents its moments, all zero, beside them.</summary>
    /// <param name="parameters">What is to be learnt; must outlive the result.</param>
    /// <param name="groups">What is learnt in another way; a parameter belongs to the first group that
    /// contains it, and one that belongs to none follows the optimiser's own numbers.</param>
    /// <returns>The optimiser at step 0; dispose of it to return the moments.</returns>
    /// <exception cref="ArgumentException">Every parameter is frozen, or a group names a layer that has no
    /// parameter.</exception>
    /// <exception cref="DeviceException">The device has no room for the moments.</exception>
    public BoundOptimizer Over(ParameterStore parameters, IReadOnlyList<ParameterGroup>? groups = null) =>
        new(this, parameters, groups ?? []);

    /// <summary>Updates one range of weights.</summary>
    internal abstract void Update(
        Backend backend, in RangeUpdate range, long step, double learningRate, View status, GradientLimit limit);
}

/// <summary>An optimiser whose update of one weight is <typeparamref name="TRule"/>.</summary>
/// <typeparam name="TRule">The formula, with the numbers of one step as its fields.</typeparam>
/// <param name="learningRate">The learning rate η, at least 0.</param>
/// <param name="decay">The weight decay λ, at least 0.</param>
public abstract class Optimizer<TRule>(double learningRate, double decay) : Optimizer(learningRate, decay)
    where TRule : struct, IUpdateRule<TRule>
{
    /// <summary>The numbers of one step.</summary>
    /// <param name="step">t, counted from 1.</param>
    /// <param name="learningRate">The learning rate of this step, for the group.</param>
    /// <param name="decay">The weight decay of the group.</param>
    /// <returns>The rule.</returns>
    protected abstract TRule RuleOf(long step, double learningRate, double decay);

    internal sealed override void Update(
        Backend backend, in RangeUpdate range, long step, double learningRate, View status, GradientLimit limit)
    {
        TRule rule = RuleOf(step, learningRate * range.Group.RateFactor, range.Group.Decay ?? Decay);
        backend.Update(range.Weights, range.Gradients, range.Moments, rule, status, limit);
    }
}
