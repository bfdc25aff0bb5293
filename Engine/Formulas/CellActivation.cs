using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>A function that a recurrent cell may apply to its sums or its cell state, by its name in Keras.</summary>
public enum CellActivation
{
    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>x where that is above 0, else 0.</summary>
    Relu,

    /// <summary>x.</summary>
    Linear,

    /// <summary>(x + 3) / 6, limited to [0, 1]: the hard sigmoid of Keras 3.</summary>
    HardSigmoid,

    /// <summary>0.2 x + 0.5, limited to [0, 1]: the hard sigmoid of Keras 1 and 2.</summary>
    HardSigmoidKeras2,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>log(1 + exp(x)).</summary>
    Softplus,

    /// <summary>x where that is above 0, else exp(x) - 1.</summary>
    Elu,

    /// <summary>1.0507 x where x is above 0, else 1.7581 (exp(x) - 1) (Klambauer et al., 2017).</summary>
    Selu,

    /// <summary>exp(x).</summary>
    Exponential,
}

/// <summary>The values of activations, and their derivatives as functions of the value: that is all that backward keeps.</summary>
public static class Activations
{
    private const double SeluScale = 1.0507009873554805;
    private const double SeluAlpha = 1.6732632423543772;

    /// <summary>y = f(x).</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="activation">f.</param>
    /// <param name="x">Argument.</param>
    /// <returns>The value.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(CellActivation activation, T x)
        where T : struct, IReal<T>
    {
        // The usual two in the caller's loop, the others by a call.
        if (activation == CellActivation.Sigmoid)
            return T.Sigmoid(x);
        if (activation == CellActivation.Tanh)
            return T.Tanh(x);
        return RareValue(activation, x);
    }

    /// <summary>dy/dx as a function of y.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="activation">f.</param>
    /// <param name="y">f(x).</param>
    /// <returns>The derivative; at kinks the one from the left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(CellActivation activation, T y)
        where T : struct, IReal<T>
    {
        if (activation == CellActivation.Sigmoid)
            return y * (T.Of(1) - y);
        if (activation == CellActivation.Tanh)
            return T.Of(1) - y * y;
        return RareSlope(activation, y);
    }

    private static T RareValue<T>(CellActivation activation, T x)
        where T : struct, IReal<T>
    {
        T zero = T.Of(0);
        T one = T.Of(1);
        switch (activation)
        {
            case CellActivation.Relu:
                return ReluMap.Value(x);
            case CellActivation.HardSigmoid:
                return HardSigmoidKeras3Map.Value(x);
            case CellActivation.HardSigmoidKeras2:
                return HardSigmoidKeras2Map.Value(x);
            case CellActivation.Softsign:
                return x / (one + T.IfPositive(x, x, zero - x));
            case CellActivation.Softplus:
                // log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)), which never overflows.
                return T.IfPositive(x, x, zero) + T.Log(one + T.Exp(zero - T.IfPositive(x, x, zero - x)));
            case CellActivation.Elu:
                return T.IfPositive(x, x, T.Exp(T.IfPositive(x, zero, x)) - one);
            case CellActivation.Selu:
                return T.IfPositive(x, x * T.Of(SeluScale), (T.Exp(T.IfPositive(x, zero, x)) - one) * T.Of(SeluScale * SeluAlpha));
            case CellActivation.Exponential:
                return T.Exp(x);
            default:
                return x;
        }
    }

    private static T RareSlope<T>(CellActivation activation, T y)
        where T : struct, IReal<T>
    {
        T zero = T.Of(0);
        T one = T.Of(1);
        switch (activation)
        {
            case CellActivation.Relu:
                return T.IfPositive(y, one, zero);
            case CellActivation.HardSigmoid:
                return HardSigmoidKeras3Map.Slope(y, y);
            case CellActivation.HardSigmoidKeras2:
                return HardSigmoidKeras2Map.Slope(y, y);
            case CellActivation.Softsign:
                // y = x / (1 + |x|) gives 1 - |y| = 1 / (1 + |x|), whose square is the derivative.
                T rest = one - T.IfPositive(y, y, zero - y);
                return rest * rest;
            case CellActivation.Softplus:
                // sigmoid(x) = 1 - 1 / (1 + exp(x)) = 1 - exp(-y).
                return one - T.Exp(zero - y);
            case CellActivation.Elu:
                return T.IfPositive(y, one, y + one);
            case CellActivation.Selu:
                return T.IfPositive(y, T.Of(SeluScale), y + T.Of(SeluScale * SeluAlpha));
            case CellActivation.Exponential:
                return y;
            default:
                return one;
        }
    }
}
