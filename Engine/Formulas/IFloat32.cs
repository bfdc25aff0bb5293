namespace MiniLstm.Engine;

/// <summary>Arithmetic in float32, of one value or of many at once, with what <see cref="Float32Math"/> makes exp and the like from.</summary>
/// <typeparam name="T">The implementing type.</typeparam>
internal interface IFloat32<T> : IReal<T>
    where T : struct, IFloat32<T>
{
    /// <summary>The larger of two; b where a is NaN.</summary>
    static abstract T Max(T a, T b);

    /// <summary>The smaller of two; b where a is NaN.</summary>
    static abstract T Min(T a, T b);

    /// <summary>The nearest whole number, ties to even.</summary>
    static abstract T Round(T x);

    /// <summary>2 to the power of a whole number in -126 to 128 (infinity).</summary>
    static abstract T PowerOfTwo(T exponent);

    /// <summary>Takes a normal positive number apart: x = mantissa 2^exponent with the mantissa in [0.5, 1).</summary>
    static abstract T Mantissa(T x, out T exponent);
}
