using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>One step of Adagrad (Duchi et al., 2011), as PyTorch computes it.</summary>
/// <remarks>
/// <code>
/// g  = gradient + λ w
/// s  = s + g²
/// w -= η g / (sqrt(s₀ + s) + ε)
/// </code>
/// </remarks>
/// <param name="rate">The learning rate η.</param>
/// <param name="epsilon">ε, added to the root.</param>
/// <param name="initial">s₀, what the sum of squares begins with.</param>
/// <param name="decay">Weight decay λ (L2).</param>
public readonly struct AdagradRule(double rate, double epsilon, double initial, double decay) : IUpdateRule<AdagradRule>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update<T>(ref T weight, T gradient, ref T first, ref T second, ref T third)
        where T : struct, IReal<T>
    {
        T g = T.MultiplyAdd(weight, T.Of(decay), gradient);
        first = T.MultiplyAdd(g, g, first);
        T denominator = T.Sqrt(first + T.Of(initial)) + T.Of(epsilon);
        weight -= T.Of(rate) * g / denominator;
    }
}
