using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>A function of two values, applied element by element.</summary>
public interface ICombination
{
    /// <summary>The value of a and b.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <returns>The combined value.</returns>
    static abstract T Value<T>(T a, T b)
        where T : struct, IReal<T>;
}

/// <summary>a + b.</summary>
public readonly struct Addition : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T a, T b)
        where T : struct, IReal<T> => a + b;
}

/// <summary>a - b.</summary>
public readonly struct Subtraction : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T a, T b)
        where T : struct, IReal<T> => a - b;
}

/// <summary>a b.</summary>
public readonly struct Multiplication : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T a, T b)
        where T : struct, IReal<T> => a * b;
}

/// <summary>a / b.</summary>
public readonly struct Division : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T a, T b)
        where T : struct, IReal<T> => a / b;
}

/// <summary>a / b, or 0 where b is 0: a mean of nothing passes no gradient.</summary>
public readonly struct DivisionOrZero : ICombination
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T a, T b)
        where T : struct, IReal<T> => T.IfPositive(b, a / b, T.IfPositive(T.Of(0) - b, a / b, T.Of(0)));
}
