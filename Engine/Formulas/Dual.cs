using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>
/// A dual number: a value with its partial derivatives by the four gate sums and the two states of a cell. Running a cell's
/// <see cref="ICell{TSelf}.Step"/> on dual numbers yields its exact derivative (forward-mode differentiation).
/// </summary>
/// <typeparam name="T">The arithmetic underneath.</typeparam>
public struct Dual<T> : IReal<Dual<T>>
    where T : struct, IReal<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The value.</summary>
    public T Value;

    /// <summary>The derivatives of the value by each gate sum.</summary>
    public Gates<T> ByGates;

    /// <summary>The derivatives of the value by each state before the step.</summary>
    public States<T> ByStates;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> operator +(Dual<T> a, Dual<T> b)
    {
        Dual<T> y;
        y.Value = a.Value + b.Value;
        y.ByGates.A = a.ByGates.A + b.ByGates.A;
        y.ByGates.B = a.ByGates.B + b.ByGates.B;
        y.ByGates.C = a.ByGates.C + b.ByGates.C;
        y.ByGates.D = a.ByGates.D + b.ByGates.D;
        y.ByStates.H = a.ByStates.H + b.ByStates.H;
        y.ByStates.C = a.ByStates.C + b.ByStates.C;
        return y;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> operator -(Dual<T> a, Dual<T> b)
    {
        Dual<T> y;
        y.Value = a.Value - b.Value;
        y.ByGates.A = a.ByGates.A - b.ByGates.A;
        y.ByGates.B = a.ByGates.B - b.ByGates.B;
        y.ByGates.C = a.ByGates.C - b.ByGates.C;
        y.ByGates.D = a.ByGates.D - b.ByGates.D;
        y.ByStates.H = a.ByStates.H - b.ByStates.H;
        y.ByStates.C = a.ByStates.C - b.ByStates.C;
        return y;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> operator *(Dual<T> a, Dual<T> b) => Join(a.Value * b.Value, a, b.Value, b, a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> operator /(Dual<T> a, Dual<T> b)
    {
        T inverse = T.Of(1) / b.Value;
        T quotient = a.Value * inverse;
        return Join(quotient, a, inverse, b, T.Of(0) - quotient * inverse);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> Of(double value)
    {
        T zero = T.Of(0);
        Dual<T> x;
        x.Value = T.Of(value);
        x.ByGates.A = zero;
        x.ByGates.B = zero;
        x.ByGates.C = zero;
        x.ByGates.D = zero;
        x.ByStates.H = zero;
        x.ByStates.C = zero;
        return x;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> MultiplyAdd(Dual<T> a, Dual<T> b, Dual<T> c) => a * b + c;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> IfPositive(Dual<T> x, Dual<T> positive, Dual<T> otherwise)
    {
        // Chosen one by one: the branch not taken may have an infinite derivative, which no factor of 0 removes.
        T s = x.Value;
        Dual<T> y;
        y.Value = T.IfPositive(s, positive.Value, otherwise.Value);
        y.ByGates.A = T.IfPositive(s, positive.ByGates.A, otherwise.ByGates.A);
        y.ByGates.B = T.IfPositive(s, positive.ByGates.B, otherwise.ByGates.B);
        y.ByGates.C = T.IfPositive(s, positive.ByGates.C, otherwise.ByGates.C);
        y.ByGates.D = T.IfPositive(s, positive.ByGates.D, otherwise.ByGates.D);
        y.ByStates.H = T.IfPositive(s, positive.ByStates.H, otherwise.ByStates.H);
        y.ByStates.C = T.IfPositive(s, positive.ByStates.C, otherwise.ByStates.C);
        return y;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> Sqrt(Dual<T> x)
    {
        T y = T.Sqrt(x.Value);
        return Chain(y, x, T.Of(0.5) / y);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> Exp(Dual<T> x)
    {
        T y = T.Exp(x.Value);
        return Chain(y, x, y);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> Log(Dual<T> x) => Chain(T.Log(x.Value), x, T.Of(1) / x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> Tanh(Dual<T> x)
    {
        T y = T.Tanh(x.Value);
        return Chain(y, x, T.Of(1) - y * y);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> Sigmoid(Dual<T> x)
    {
        T y = T.Sigmoid(x.Value);
        return Chain(y, x, y * (T.Of(1) - y));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Dual<T> Erf(Dual<T> x) =>
        Chain(T.Erf(x.Value), x, T.Exp(T.Of(0) - x.Value * x.Value) * T.Of(1.1283791670955125739));

    // A value whose derivative by x is slope.
    [MethodImpl(Inline)]
    private static Dual<T> Chain(T value, Dual<T> x, T slope)
    {
        Dual<T> y;
        y.Value = value;
        y.ByGates.A = x.ByGates.A * slope;
        y.ByGates.B = x.ByGates.B * slope;
        y.ByGates.C = x.ByGates.C * slope;
        y.ByGates.D = x.ByGates.D * slope;
        y.ByStates.H = x.ByStates.H * slope;
        y.ByStates.C = x.ByStates.C * slope;
        return y;
    }

    // A value whose derivatives by a and b are byA and byB.
    [MethodImpl(Inline)]
    private static Dual<T> Join(T value, Dual<T> a, T byA, Dual<T> b, T byB)
    {
        Dual<T> y;
        y.Value = value;
        y.ByGates.A = T.MultiplyAdd(a.ByGates.A, byA, b.ByGates.A * byB);
        y.ByGates.B = T.MultiplyAdd(a.ByGates.B, byA, b.ByGates.B * byB);
        y.ByGates.C = T.MultiplyAdd(a.ByGates.C, byA, b.ByGates.C * byB);
        y.ByGates.D = T.MultiplyAdd(a.ByGates.D, byA, b.ByGates.D * byB);
        y.ByStates.H = T.MultiplyAdd(a.ByStates.H, byA, b.ByStates.H * byB);
        y.ByStates.C = T.MultiplyAdd(a.ByStates.C, byA, b.ByStates.C * byB);
        return y;
    }
}

/// <summary>Derivatives of cells by dual numbers.</summary>
public static class Dual
{
    /// <summary>The derivative of a cell's step, as <see cref="ICell{TSelf}.Slope"/> defines it, computed from the step alone.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">In: the sums. Out: their gradient.</param>
    /// <param name="before">The states before the step.</param>
    /// <param name="weights">The unit's own weights.</param>
    /// <param name="gradient">In: the gradient of the states after the step. Out: of the states before it.</param>
    /// <param name="weightGradient">Out: the gradient of the weights, if the cell has some.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<TCell, T>(
        in TCell cell,
        ref Gates<T> gates,
        in States<T> before,
        in UnitWeights<T> weights,
        ref States<T> gradient,
        ref UnitWeights<T> weightGradient)
        where TCell : struct, ICell<TCell>
        where T : struct, IReal<T>
    {
        T one = T.Of(1);
        Gates<Dual<T>> sums = Constants(gates);
        States<Dual<T>> states = Constants(before);
        UnitWeights<Dual<T>> own = Constants(weights);
        if (TCell.WeightCount > 0)
            weightGradient = WeightSlope(cell, sums, states, own, gradient);

        sums.A.ByGates.A = one;
        sums.B.ByGates.B = one;
        sums.C.ByGates.C = one;
        sums.D.ByGates.D = one;
        states.H.ByStates.H = one;
        states.C.ByStates.C = one;

        cell.Step(ref sums, ref states, own);

        T dh = gradient.H;
        T dc = gradient.C;
        gates.A = T.MultiplyAdd(dh, states.H.ByGates.A, dc * states.C.ByGates.A);
        gates.B = T.MultiplyAdd(dh, states.H.ByGates.B, dc * states.C.ByGates.B);
        gates.C = T.MultiplyAdd(dh, states.H.ByGates.C, dc * states.C.ByGates.C);
        gates.D = T.MultiplyAdd(dh, states.H.ByGates.D, dc * states.C.ByGates.D);
        gradient.H = T.MultiplyAdd(dh, states.H.ByStates.H, dc * states.C.ByStates.H);
        gradient.C = T.MultiplyAdd(dh, states.H.ByStates.C, dc * states.C.ByStates.C);
    }

    // A second run, in which the first three derivatives are those by the weights.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UnitWeights<T> WeightSlope<TCell, T>(
        in TCell cell, Gates<Dual<T>> sums, States<Dual<T>> states, UnitWeights<Dual<T>> weights, in States<T> gradient)
        where TCell : struct, ICell<TCell>
        where T : struct, IReal<T>
    {
        T one = T.Of(1);
        weights.A.ByGates.A = one;
        weights.B.ByGates.B = one;
        weights.C.ByGates.C = one;

        cell.Step(ref sums, ref states, weights);

        UnitWeights<T> slope;
        slope.A = T.MultiplyAdd(gradient.H, states.H.ByGates.A, gradient.C * states.C.ByGates.A);
        slope.B = T.MultiplyAdd(gradient.H, states.H.ByGates.B, gradient.C * states.C.ByGates.B);
        slope.C = T.MultiplyAdd(gradient.H, states.H.ByGates.C, gradient.C * states.C.ByGates.C);
        return slope;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Gates<Dual<T>> Constants<T>(in Gates<T> values)
        where T : struct, IReal<T>
    {
        Gates<Dual<T>> constants;
        constants.A = Constant(values.A);
        constants.B = Constant(values.B);
        constants.C = Constant(values.C);
        constants.D = Constant(values.D);
        return constants;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static States<Dual<T>> Constants<T>(in States<T> values)
        where T : struct, IReal<T>
    {
        States<Dual<T>> constants;
        constants.H = Constant(values.H);
        constants.C = Constant(values.C);
        return constants;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UnitWeights<Dual<T>> Constants<T>(in UnitWeights<T> values)
        where T : struct, IReal<T>
    {
        UnitWeights<Dual<T>> constants;
        constants.A = Constant(values.A);
        constants.B = Constant(values.B);
        constants.C = Constant(values.C);
        return constants;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Dual<T> Constant<T>(T value)
        where T : struct, IReal<T>
    {
        Dual<T> x = Dual<T>.Of(0);
        x.Value = value;
        return x;
    }
}
