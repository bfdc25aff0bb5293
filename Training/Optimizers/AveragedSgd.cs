using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>
/// Stochastic gradient descent whose weights are averaged once the validation loss stops improving: NT-ASGD (Merity et
/// al., 2018), the optimiser of the AWD-LSTM. It is <see cref="Sgd"/> with a <see cref="NonMonotoneAverage"/>.
/// </summary>
/// <remarks>PyTorch's ASGD with <c>lambd=0</c> and <c>t0</c> at the trigger differs by one step: it leaves the weights
/// at the trigger out of the average, which the paper counts.</remarks>
public sealed class AveragedSgd : Optimizer<SgdRule>
{
    /// <summary>The rule and when to begin averaging.</summary>
    /// <param name="learningRate">The learning rate η, at least 0; the AWD-LSTM has 30, with the global norm clipped at
    /// 0.25.</param>
    /// <param name="decay">λ: λ w is added to each gradient; at least 0.</param>
    /// <param name="interval">n of <see cref="NonMonotoneAverage"/>, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
    public AveragedSgd(double learningRate, double decay = 0, int interval = 5)
        : base(learningRate, decay) => Average = new NonMonotoneAverage(interval);

    /// <inheritdoc/>
    public override int MomentCount => 0;

    /// <inheritdoc/>
    protected override SgdRule RuleOf(long step, double learningRate, double decay) =>
        new(learningRate, momentum: 0, decay, nesterov: false);
}
