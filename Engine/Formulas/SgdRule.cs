using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>One step of stochastic gradient descent with momentum, as PyTorch computes it.</summary>
/// <remarks>
/// <code>
/// g  = gradient + λ w
/// m  = μ m + g                  (the first step finds m = 0; without momentum m need not be kept)
/// w -= η m                      or, with Nesterov's look-ahead, w -= η (g + μ m)
/// </code>
/// </remarks>
/// <param name="rate">The learning rate η.</param>
/// <param name="momentum">μ, in [0, 1).</param>
/// <param name="decay">Weight decay λ (L2).</param>
/// <param name="nesterov">Whether to look ahead.</param>
public readonly struct SgdRule(double rate, double momentum, double decay, bool nesterov) : IUpdateRule<SgdRule>
{
    private readonly double _ofMoment = nesterov ? momentum : 1;
    private readonly double _ofGradient = nesterov ? 1 : 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update<T>(ref T weight, T gradient, ref T first, ref T second, ref T third)
        where T : struct, IReal<T>
    {
        T g = T.MultiplyAdd(weight, T.Of(decay), gradient);
        first = T.MultiplyAdd(first, T.Of(momentum), g);
        T direction = T.MultiplyAdd(first, T.Of(_ofMoment), g * T.Of(_ofGradient));
        weight = T.MultiplyAdd(direction, T.Of(-rate), weight);
    }
}
