using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>A function of one value, applied to every element of a tensor, with its derivative.</summary>
public interface IMap
{
    /// <summary>The name in error messages and lists.</summary>
    static abstract string Name { get; }

    /// <summary>y = f(x).</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="x">Argument.</param>
    /// <returns>The value.</returns>
    static abstract T Value<T>(T x)
        where T : struct, IReal<T>;

    /// <summary>dy/dx at x.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="x">Argument.</param>
    /// <param name="y">f(x), where that is the shorter way to the derivative.</param>
    /// <returns>The derivative.</returns>
    static abstract T Slope<T>(T x, T y)
        where T : struct, IReal<T>;
}

/// <summary>The hyperbolic tangent; its derivative is 1 - y².</summary>
public readonly struct TanhMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "Tanh";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => T.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => T.Of(1) - y * y;
}

/// <summary>The logistic function 1 / (1 + exp(-x)); its derivative is y (1 - y).</summary>
public readonly struct SigmoidMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "Sigmoid";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => T.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => y * (T.Of(1) - y);
}

/// <summary>The straight-line sigmoid of Keras 1 and 2: 0.2 x + 0.5, limited to [0, 1]. At its kinks the derivative is 0.</summary>
public readonly struct HardSigmoidKeras2Map : IMap
{
    /// <inheritdoc/>
    public static string Name => "HardSigmoidKeras2";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => Clamp.ToUnit(T.MultiplyAdd(x, T.Of(0.2), T.Of(0.5)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => T.IfPositive(y * (T.Of(1) - y), T.Of(0.2), T.Of(0));
}

/// <summary>The straight-line sigmoid of Keras 3: (x + 3) / 6, limited to [0, 1]. At its kinks the derivative is 0.</summary>
public readonly struct HardSigmoidKeras3Map : IMap
{
    /// <inheritdoc/>
    public static string Name => "HardSigmoidKeras3";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => Clamp.ToUnit((x + T.Of(3)) / T.Of(6));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => T.IfPositive(y * (T.Of(1) - y), T.Of(1.0 / 6), T.Of(0));
}

/// <summary>max(x, 0); the derivative at 0 is 0. NaN stays NaN.</summary>
public readonly struct ReluMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "Relu";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => T.IfPositive(T.Of(0) - x, T.Of(0), x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => T.IfPositive(x, T.Of(1), T.Of(0));
}

/// <summary>|x|; the derivative at 0 is 0.</summary>
public readonly struct AbsMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "Abs";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => T.IfPositive(x, x, T.Of(0) - x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => T.IfPositive(x, T.Of(1), T.IfPositive(T.Of(0) - x, T.Of(-1), T.Of(0)));
}

/// <summary>exp(x), its own derivative.</summary>
public readonly struct ExpMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "Exp";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => T.Exp(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => y;
}

/// <summary>The natural logarithm; its derivative is 1 / x.</summary>
public readonly struct LogMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "Log";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => T.Log(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => T.Of(1) / x;
}

/// <summary>log(1 + exp(x)), written max(x, 0) + log(1 + exp(-|x|)) so that nothing overflows; its derivative is sigmoid(x).</summary>
public readonly struct SoftplusMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "Softplus";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T>
    {
        T zero = T.Of(0);
        T one = T.Of(1);
        T e = T.Exp(T.IfPositive(x, zero - x, x));

        // log(1 + e) keeps its digits for small e when divided by the error of rounding 1 + e (Kahan).
        T sum = one + e;
        T rounded = sum - one;
        T log = T.IfPositive(rounded, T.Log(sum) * e / rounded, e);
        return T.IfPositive(x, x + log, log);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => T.Sigmoid(x);
}

/// <summary>The Gaussian error linear unit x P(x), P the normal distribution (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel, 2016).</summary>
/// <remarks>Its derivative is P(x) + x p(x), with the density p(x) = exp(-x² / 2) / sqrt(2 pi).</remarks>
public readonly struct GeluErfMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "GeluErf";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => x * Distribution(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T>
    {
        T density = T.Exp(x * x * T.Of(-0.5)) * T.Of(0.3989422804014326779);
        return T.MultiplyAdd(x, density, Distribution(x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Distribution<T>(T x)
        where T : struct, IReal<T> => T.MultiplyAdd(T.Erf(x * T.Of(0.7071067811865475244)), T.Of(0.5), T.Of(0.5));
}

/// <summary>The Gaussian error linear unit by tanh: x (1 + tanh u) / 2 with u = sqrt(2 / pi) (x + 0.044715 x³).</summary>
/// <remarks>Its derivative is (1 + tanh u) / 2 + x (1 - tanh² u) / 2 · du/dx, du/dx = sqrt(2 / pi) (1 + 0.134145 x²).</remarks>
public readonly struct GeluTanhMap : IMap
{
    private const double Factor = 0.7978845608028653559;

    /// <inheritdoc/>
    public static string Name => "GeluTanh";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => x * T.MultiplyAdd(Inner(x), T.Of(0.5), T.Of(0.5));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T>
    {
        T tanh = Inner(x);
        T inner = T.MultiplyAdd(x * x, T.Of(Factor * 3 * 0.044715), T.Of(Factor));
        T half = T.Of(0.5);
        return T.MultiplyAdd(tanh, half, half) + x * (T.Of(1) - tanh * tanh) * half * inner;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Inner<T>(T x)
        where T : struct, IReal<T> => T.Tanh(x * T.MultiplyAdd(x * x, T.Of(Factor * 0.044715), T.Of(Factor)));
}

/// <summary>1 / sqrt(x) where x is above 1, else 1: what brings a squared norm down to 1. The derivative at 1 is 0.</summary>
public readonly struct InverseRootAboveOneMap : IMap
{
    /// <inheritdoc/>
    public static string Name => "InverseRootAboveOne";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x)
        where T : struct, IReal<T> => T.IfPositive(x - T.Of(1), T.Of(1) / T.Sqrt(x), T.Of(1));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, T y)
        where T : struct, IReal<T> => T.IfPositive(x - T.Of(1), T.Of(-0.5) * y / x, T.Of(0));
}

internal static class Clamp
{
    /// <summary>The value limited to [0, 1]; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ToUnit<T>(T x)
        where T : struct, IReal<T>
    {
        T one = T.Of(1);
        return T.IfPositive(T.Of(0) - x, T.Of(0), T.IfPositive(x - one, one, x));
    }
}
