using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>One step of an average of weights that change: what is "updated" is the average a, and its "gradient" is
/// the weight w.</summary>
/// <remarks>
/// <code>
/// a = w + (1 - κ) (a - w)
/// </code>
/// which is (1 - κ) a + κ w, written so that κ = 1 gives w and a constant weight stays itself, both to the bit.
/// </remarks>
/// <param name="share">κ, the share of the new weight, in [0, 1].</param>
public readonly struct AveragingRule(double share) : IUpdateRule<AveragingRule>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update<T>(ref T weight, T gradient, ref T first, ref T second, ref T third)
        where T : struct, IReal<T> =>
        weight = T.MultiplyAdd(weight - gradient, T.Of(1 - share), gradient);
}
