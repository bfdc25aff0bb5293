using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>
/// Adagrad (Duchi et al., 2011): each weight's rate falls with the squares of all its gradients, so that rare features
/// learn fast. The formula is <see cref="AdagradRule"/>, the numbers and their defaults are those of PyTorch.
/// </summary>
/// <remarks>Keras begins with the rate 0.001 and squares of 0.1, and has ε = 1e-7, inside the root. PyTorch's
/// <c>lr_decay</c> is a matter of the <see cref="Schedule"/> here.</remarks>
/// <param name="learningRate">The learning rate η, at least 0.</param>
/// <param name="epsilon">ε, added to the root; above 0.</param>
/// <param name="initialSquares">What the sum of squares begins with; at least 0.</param>
/// <param name="decay">λ: λ w is added to each gradient; at least 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class Adagrad(
    double learningRate = 0.01, double epsilon = 1e-10, double initialSquares = 0, double decay = 0)
    : Optimizer<AdagradRule>(learningRate, decay)
{
    private readonly double _epsilon = Require.Positive(epsilon);
    private readonly double _initialSquares = Require.NotNegative(initialSquares);

    /// <inheritdoc/>
    public override int MomentCount => 1;

    /// <inheritdoc/>
    protected override AdagradRule RuleOf(long step, double learningRate, double decay) =>
        new(learningRate, _epsilon, _initialSquares, decay);
}
