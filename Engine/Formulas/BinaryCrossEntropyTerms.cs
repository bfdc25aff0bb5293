using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>The loss of a logit x with label y where the class is positive: y softplus(-x).</summary>
public readonly struct PositiveLabelLoss : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T y)
        where T : struct, IReal<T> => y * SoftplusMap.Value(T.Of(0) - x);
}

/// <summary>The loss of a logit x with label y where the class is negative: (1 - y) softplus(x).</summary>
public readonly struct NegativeLabelLoss : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T y)
        where T : struct, IReal<T> => (T.Of(1) - y) * SoftplusMap.Value(x);
}

/// <summary>The derivative of <see cref="PositiveLabelLoss"/> by x: -y sigmoid(-x).</summary>
public readonly struct PositiveLabelSlope : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T y)
        where T : struct, IReal<T> => (T.Of(0) - y) * T.Sigmoid(T.Of(0) - x);
}

/// <summary>The derivative of <see cref="NegativeLabelLoss"/> by x: (1 - y) sigmoid(x).</summary>
public readonly struct NegativeLabelSlope : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T y)
        where T : struct, IReal<T> => (T.Of(1) - y) * T.Sigmoid(x);
}
