namespace MiniLstm.Engine;

/// <summary>A float64 value as formulas see it: the oracle that every other execution is compared with.</summary>
/// <param name="value">The value.</param>
public readonly struct F64(double value) : IReal<F64>
{
    /// <summary>The value.</summary>
    public double Value { get; } = value;

    /// <inheritdoc/>
    public static F64 operator +(F64 a, F64 b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    public static F64 operator -(F64 a, F64 b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    public static F64 operator *(F64 a, F64 b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    public static F64 operator /(F64 a, F64 b) => new(a.Value / b.Value);

    /// <inheritdoc/>
    public static F64 Of(double value) => new(value);

    /// <inheritdoc/>
    public static F64 MultiplyAdd(F64 a, F64 b, F64 c) => new(a.Value * b.Value + c.Value);

    /// <inheritdoc/>
    public static F64 IfPositive(F64 x, F64 positive, F64 otherwise) => x.Value > 0 ? positive : otherwise;

    /// <inheritdoc/>
    public static F64 Sqrt(F64 x) => new(Math.Sqrt(x.Value));

    /// <inheritdoc/>
    public static F64 Exp(F64 x) => new(Math.Exp(x.Value));

    /// <inheritdoc/>
    public static F64 Log(F64 x) => new(Math.Log(x.Value));

    /// <inheritdoc/>
    public static F64 Tanh(F64 x) => new(Math.Tanh(x.Value));

    /// <inheritdoc/>
    public static F64 Sigmoid(F64 x) => new(1 / (1 + Math.Exp(-x.Value)));

    /// <summary>
    /// The error function by the series erf(x) = 2/sqrt(pi) exp(-x²) (x + 2x³/3 + 4x⁵/15 + ...), all of whose terms have one
    /// sign: nothing cancels, and a few units in the last place are right everywhere.
    /// </summary>
    /// <param name="x">Argument.</param>
    /// <returns>The value; ±1 beyond ±6, where no double lies between.</returns>
    public static F64 Erf(F64 x)
    {
        double v = x.Value;
        if (double.IsNaN(v))
            return x;
        if (Math.Abs(v) > 6)
            return new(Math.Sign(v));

        double term = v;
        double sum = v;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * v * v / (2 * n + 1);
            sum += term;
        }

        return new(2 / Math.Sqrt(Math.PI) * Math.Exp(-v * v) * sum);
    }
}
