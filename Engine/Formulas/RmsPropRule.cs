using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>One step of RMSprop (Tieleman and Hinton, 2012), as PyTorch computes it.</summary>
/// <remarks>
/// <code>
/// g  = gradient + λ w
/// s  = α s + (1 - α) g²
/// a  = α a + (1 - α) g                   centred only (Graves, 2013); else a = 0
/// d  = g / (sqrt(s - a²) + ε)            s - a² is the variance, and at least 0 whatever rounding says;
///                                        in Keras sqrt(s - a² + ε), which matters for gradients below sqrt(ε)
/// m  = μ m + d                           without momentum m = d and need not be kept
/// w -= η m
/// </code>
/// The moments are s, m, a.
/// </remarks>
/// <param name="rate">The learning rate η.</param>
/// <param name="smoothing">α, in [0, 1).</param>
/// <param name="epsilon">ε, added to the root.</param>
/// <param name="decay">Weight decay λ (L2).</param>
/// <param name="momentum">μ, in [0, 1).</param>
/// <param name="centered">Whether the squared mean of the gradients is taken off.</param>
/// <param name="epsilonInsideRoot">Whether ε is added before the root is taken, as in Keras.</param>
public readonly struct RmsPropRule(
    double rate, double smoothing, double epsilon, double decay, double momentum, Flag centered, Flag epsilonInsideRoot = default)
    : IUpdateRule<RmsPropRule>
{
    private readonly double _gain = 1 - smoothing;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update<T>(ref T weight, T gradient, ref T first, ref T second, ref T third)
        where T : struct, IReal<T>
    {
        T g = T.MultiplyAdd(weight, T.Of(decay), gradient);
        first = T.MultiplyAdd(first, T.Of(smoothing), g * g * T.Of(_gain));
        T squares = first;
        if (centered)
        {
            third = T.MultiplyAdd(third, T.Of(smoothing), g * T.Of(_gain));
            T variance = first - third * third;
            squares = T.IfPositive(variance, variance, T.Of(0));
        }

        T root = epsilonInsideRoot ? T.Sqrt(squares + T.Of(epsilon)) : T.Sqrt(squares) + T.Of(epsilon);
        second = T.MultiplyAdd(second, T.Of(momentum), g / root);
        weight = T.MultiplyAdd(second, T.Of(-rate), weight);
    }
}
