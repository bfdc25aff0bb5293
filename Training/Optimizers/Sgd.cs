using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>
/// Stochastic gradient descent; the formula is <see cref="SgdRule"/>, the numbers mean what they mean in PyTorch.
/// </summary>
/// <param name="learningRate">The learning rate η, at least 0.</param>
/// <param name="momentum">μ, how slowly the running sum of the gradients forgets; in [0, 1).</param>
/// <param name="decay">λ: λ w is added to each gradient; at least 0.</param>
/// <param name="nesterov">Whether to look ahead along the momentum (Nesterov, 1983).</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
/// <exception cref="ArgumentException">Looking ahead without momentum.</exception>
public sealed class Sgd(double learningRate, double momentum = 0, double decay = 0, bool nesterov = false)
    : Optimizer<SgdRule>(learningRate, decay)
{
    private readonly double _momentum = Require.BelowOne(momentum);
    private readonly bool _nesterov = !nesterov || momentum > 0
        ? nesterov
        : throw new ArgumentException("Sgd: nesterov looks ahead along the momentum, which is 0", nameof(nesterov));

    /// <inheritdoc/>
    public override int MomentCount => _momentum > 0 ? 1 : 0;

    /// <inheritdoc/>
    protected override SgdRule RuleOf(long step, double learningRate, double decay) =>
        new(learningRate, _momentum, decay, _nesterov);
}
