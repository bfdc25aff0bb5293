using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>
/// RMSprop (Tieleman and Hinton, 2012); the formula is <see cref="RmsPropRule"/>, the numbers and their defaults are
/// those of PyTorch.
/// </summary>
/// <remarks>Keras begins with the rate 0.001, smooths with 0.9 and has ε = 1e-7, inside the root. With momentum it multiplies by the rate before the running sum, not after; the two agree as long as the rate stays the
/// same.</remarks>
/// <param name="learningRate">The learning rate η, at least 0.</param>
/// <param name="smoothing">α, how slowly the mean of the squared gradients forgets; in [0, 1). Keras calls it
/// rho.</param>
/// <param name="epsilon">ε, added to the root; above 0.</param>
/// <param name="decay">λ: λ w is added to each gradient; at least 0.</param>
/// <param name="momentum">μ, how slowly the running sum of the steps forgets; in [0, 1).</param>
/// <param name="centered">Whether to divide by the deviation from the mean gradient (Graves, 2013).</param>
/// <param name="epsilonInsideRoot">Whether ε is added before the root is taken, sqrt(s + ε), as in Keras.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class RmsProp(
    double learningRate = 0.01,
    double smoothing = 0.99,
    double epsilon = 1e-8,
    double decay = 0,
    double momentum = 0,
    bool centered = false,
    bool epsilonInsideRoot = false)
    : Optimizer<RmsPropRule>(learningRate, decay)
{
    private readonly double _smoothing = Require.BelowOne(smoothing);
    private readonly double _epsilon = Require.Positive(epsilon);
    private readonly double _momentum = Require.BelowOne(momentum);

    /// <inheritdoc/>
    public override int MomentCount => centered ? 3 : _momentum > 0 ? 2 : 1;

    /// <inheritdoc/>
    protected override RmsPropRule RuleOf(long step, double learningRate, double decay) =>
        new(learningRate, _smoothing, _epsilon, decay, _momentum, centered, epsilonInsideRoot);
}
