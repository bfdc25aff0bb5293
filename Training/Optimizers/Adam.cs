using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>Adam (Kingma and Ba, 2015); the formula is <see cref="AdamRule"/>, the numbers mean what they mean in
/// PyTorch.</summary>
/// <remarks>Keras has the same formula but for ε, 1e-7 by default, which it adds to the root before its correction: its
/// ε is this one times sqrt(1 - β₂^t), a difference that fades in some thousand steps.</remarks>
/// <param name="learningRate">The learning rate η, at least 0.</param>
/// <param name="firstDecay">β₁, how slowly the mean of the gradients forgets; in [0, 1).</param>
/// <param name="secondDecay">β₂, how slowly the mean of their squares forgets; in [0, 1).</param>
/// <param name="epsilon">ε, added to the root of the second moment; above 0.</param>
/// <param name="l2">λ: λ w is added to each gradient, and so goes through the moments; at least 0.</param>
/// <param name="amsgrad">Whether to divide by the largest second moment so far (AMSGrad; Reddi et al., 2018), which
/// takes a third moment.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class Adam(
    double learningRate = 1e-3,
    double firstDecay = 0.9,
    double secondDecay = 0.999,
    double epsilon = 1e-8,
    double l2 = 0,
    bool amsgrad = false)
    : Optimizer<AdamRule>(learningRate, l2)
{
    private readonly double _firstDecay = Require.BelowOne(firstDecay);
    private readonly double _secondDecay = Require.BelowOne(secondDecay);
    private readonly double _epsilon = Require.Positive(epsilon);

    /// <inheritdoc/>
    public override int MomentCount => amsgrad ? 3 : 2;

    /// <inheritdoc/>
    protected override AdamRule RuleOf(long step, double learningRate, double decay) =>
        new(learningRate, _firstDecay, _secondDecay, _epsilon, decay, decoupled: false, amsgrad, step);
}
