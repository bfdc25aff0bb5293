using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>
/// One step of Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019), either with AMSGrad (Reddi et al.,
/// 2018) or without, as PyTorch computes it.
/// </summary>
/// <remarks>
/// <code>
/// g  = gradient + λ w                  with L2 decay (Adam)
/// w  = w (1 - η λ)                     with decoupled decay (AdamW)
/// m  = β₁ m + (1 - β₁) g
/// v  = β₂ v + (1 - β₂) g²
/// u  = v                                with AMSGrad u = max(u, v): a rate never grows again
/// w -= η / (1 - β₁^t) · m / (sqrt(u) / sqrt(1 - β₂^t) + ε)
/// </code>
/// </remarks>
public readonly struct AdamRule : IUpdateRule<AdamRule>
{
    private readonly double _rate;
    private readonly double _penalty;
    private readonly double _shrink;
    private readonly double _firstDecay;
    private readonly double _firstGain;
    private readonly double _secondDecay;
    private readonly double _secondGain;
    private readonly double _rootCorrection;
    private readonly double _epsilon;
    private readonly Flag _keepsMaximum;

    /// <summary>The numbers of step <paramref name="step"/>.</summary>
    /// <param name="rate">The learning rate η.</param>
    /// <param name="firstDecay">β₁, in [0, 1).</param>
    /// <param name="secondDecay">β₂, in [0, 1).</param>
    /// <param name="epsilon">ε, added to the root of the second moment.</param>
    /// <param name="decay">Weight decay λ.</param>
    /// <param name="decoupled">Whether the decay shrinks the weight (AdamW) or is added to the gradient (Adam).</param>
    /// <param name="amsgrad">Whether the largest second moment so far divides; it is kept as the third.</param>
    /// <param name="step">t, counted from 1.</param>
    public AdamRule(
        double rate,
        double firstDecay,
        double secondDecay,
        double epsilon,
        double decay,
        bool decoupled,
        bool amsgrad,
        long step)
    {
        _rate = rate / (1 - Math.Pow(firstDecay, step));
        _penalty = decoupled ? 0 : decay;
        _shrink = decoupled ? 1 - rate * decay : 1;
        _firstDecay = firstDecay;
        _firstGain = 1 - firstDecay;
        _secondDecay = secondDecay;
        _secondGain = 1 - secondDecay;
        _rootCorrection = 1 / Math.Sqrt(1 - Math.Pow(secondDecay, step));
        _epsilon = epsilon;
        _keepsMaximum = amsgrad;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update<T>(ref T weight, T gradient, ref T first, ref T second, ref T third)
        where T : struct, IReal<T>
    {
        T g = T.MultiplyAdd(weight, T.Of(_penalty), gradient);
        first = T.MultiplyAdd(first, T.Of(_firstDecay), g * T.Of(_firstGain));
        second = T.MultiplyAdd(second, T.Of(_secondDecay), g * g * T.Of(_secondGain));
        T squares = second;
        if (_keepsMaximum)
        {
            third = T.IfPositive(third - second, third, second);
            squares = third;
        }

        T denominator = T.MultiplyAdd(T.Sqrt(squares), T.Of(_rootCorrection), T.Of(_epsilon));
        weight = weight * T.Of(_shrink) - T.Of(_rate) * first / denominator;
    }
}
