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
    private protected Optimizer(double learningRate) => LearningRate = Require.NotNegative(learningRate);

    /// <summary>The learning rate η that a run starts with; schedules are factors of it.</summary>
    public double LearningRate { get; }

    /// <summary>How many moments are kept for each weight, 0 to 2.</summary>
    public abstract int MomentCount { get; }

    /// <summary>Binds the rule to parameters: rents its moments, all zero, beside them.</summary>
    /// <param name="parameters">What is to be learnt; must outlive the result.</param>
    /// <returns>The optimiser at step 0; dispose of it to return the moments.</returns>
    /// <exception cref="DeviceException">The device has no room for the moments.</exception>
    public BoundOptimizer Over(ParameterStore parameters) => new(this, parameters);

    internal abstract void Update(BoundOptimizer optimizer, double maximumNorm);
}

/// <summary>An optimiser whose update of one weight is <typeparamref name="TRule"/>.</summary>
/// <typeparam name="TRule">The formula, with the numbers of one step as its fields.</typeparam>
/// <param name="learningRate">The learning rate η, at least 0.</param>
public abstract class Optimizer<TRule>(double learningRate) : Optimizer(learningRate)
    where TRule : struct, IUpdateRule<TRule>
{
    /// <inheritdoc/>
    public sealed override int MomentCount => TRule.MomentCount;

    /// <summary>The numbers of one step.</summary>
    /// <param name="step">t, counted from 1.</param>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <returns>The rule.</returns>
    protected abstract TRule RuleOf(long step, double learningRate);

    internal sealed override void Update(BoundOptimizer optimizer, double maximumNorm)
    {
        ParameterStore parameters = optimizer.Parameters;
        TRule rule = RuleOf(optimizer.CompletedSteps, optimizer.LearningRate);
        parameters.Backend.Update(
            parameters.Values,
            parameters.Gradients,
            optimizer.Moment(0),
            optimizer.Moment(1),
            rule,
            optimizer.Status,
            maximumNorm);
    }
}
