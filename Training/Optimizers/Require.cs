using System.Runtime.CompilerServices;

namespace MiniLstm.Training;

/// <summary>Checks of hyper-parameters: NaN fails each, which the framework's own checks do not promise.</summary>
internal static class Require
{
    /// <summary>Hands a finite number of at least 0 on.</summary>
    public static double NotNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        double.IsFinite(value) && value >= 0 ? value : throw Wrong(value, "a finite number of at least 0", name);

    /// <summary>Hands a finite number above 0 on.</summary>
    public static double Positive(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        double.IsFinite(value) && value > 0 ? value : throw Wrong(value, "a finite number above 0", name);

    /// <summary>Hands a number above 0 on, infinity too.</summary>
    public static double AboveZero(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 ? value : throw Wrong(value, "a number above 0", name);

    /// <summary>Hands a number in [0, 1) on.</summary>
    public static double BelowOne(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is >= 0 and < 1 ? value : throw Wrong(value, "at least 0 and below 1", name);

    /// <summary>Hands a number in [0, 1] on.</summary>
    public static double Fraction(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is >= 0 and <= 1 ? value : throw Wrong(value, "a number from 0 to 1", name);

    /// <summary>Hands a count of at least <paramref name="minimum"/> on.</summary>
    public static long AtLeast(long minimum, long value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= minimum ? value : throw Wrong(value, $"at least {minimum}", name);

    /// <summary>Hands a count of at most <paramref name="maximum"/> on.</summary>
    public static long AtMost(long maximum, long value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value <= maximum ? value : throw Wrong(value, $"at most {maximum}", name);

    private static ArgumentOutOfRangeException Wrong(double value, string expected, string name) =>
        new(name, FormattableString.Invariant($"{name} is {value}, expected {expected}"));
}
