namespace MiniLstm.Engine;

/// <summary>
/// The arithmetic that formulas are written in, once, and run as float64 (<see cref="F64"/>), as sixteen float32 values at a
/// time (lanes), as dual numbers (<see cref="Dual{T}"/>), or inside kernels of accelerators.
/// </summary>
/// <remarks>
/// The transcendental functions are primitives of each type, not built from exp in the shared formula: (1 - e) / (1 + e) loses
/// every digit of tanh near 0. Each type states its own accuracy.
/// </remarks>
/// <typeparam name="T">The implementing type.</typeparam>
public interface IReal<T>
    where T : struct, IReal<T>
{
    /// <summary>a + b.</summary>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <returns>The sum.</returns>
    static abstract T operator +(T a, T b);

    /// <summary>a - b.</summary>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <returns>The difference.</returns>
    static abstract T operator -(T a, T b);

    /// <summary>a b.</summary>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <returns>The product.</returns>
    static abstract T operator *(T a, T b);

    /// <summary>a / b.</summary>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <returns>The quotient.</returns>
    static abstract T operator /(T a, T b);

    /// <summary>A constant, rounded to the type.</summary>
    /// <param name="value">The constant.</param>
    /// <returns>The value in every lane.</returns>
    static abstract T Of(double value);

    /// <summary>a b + c; whether it rounds once or twice is the type's choice.</summary>
    /// <param name="a">First factor.</param>
    /// <param name="b">Second factor.</param>
    /// <param name="c">Summand.</param>
    /// <returns>The value.</returns>
    static abstract T MultiplyAdd(T a, T b, T c);

    /// <summary>Chooses by sign: <paramref name="positive"/> where x is above 0, else <paramref name="otherwise"/> (0 and NaN too).</summary>
    /// <param name="x">What decides.</param>
    /// <param name="positive">The value where x is above 0.</param>
    /// <param name="otherwise">The value elsewhere.</param>
    /// <returns>The choice, lane by lane.</returns>
    static abstract T IfPositive(T x, T positive, T otherwise);

    /// <summary>The square root.</summary>
    /// <param name="x">Argument.</param>
    /// <returns>The value.</returns>
    static abstract T Sqrt(T x);

    /// <summary>e to the power of x.</summary>
    /// <param name="x">Argument.</param>
    /// <returns>The value.</returns>
    static abstract T Exp(T x);

    /// <summary>The natural logarithm.</summary>
    /// <param name="x">Argument.</param>
    /// <returns>The value; negative infinity at 0, NaN below.</returns>
    static abstract T Log(T x);

    /// <summary>The hyperbolic tangent.</summary>
    /// <param name="x">Argument.</param>
    /// <returns>The value, in [-1, 1].</returns>
    static abstract T Tanh(T x);

    /// <summary>The logistic function, 1 / (1 + exp(-x)).</summary>
    /// <param name="x">Argument.</param>
    /// <returns>The value, in [0, 1].</returns>
    static abstract T Sigmoid(T x);

    /// <summary>The error function, 2/sqrt(pi) times the integral of exp(-t²) from 0 to x.</summary>
    /// <param name="x">Argument.</param>
    /// <returns>The value, in [-1, 1].</returns>
    static abstract T Erf(T x);
}
