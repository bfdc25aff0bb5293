using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>
/// exp, log, tanh, sigmoid and erf in float32, written once for lanes of any width and for kernels. Branch-free; NaN in, NaN out. Largest errors over the
/// whole range, as the tests measure them: exp 1 ulp, sigmoid 2.5, tanh 2.5, log 1, erf 2 (of 1).
/// </summary>
internal static class Float32Math
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private const double Log2E = 1.44269504088896341;

    // ln 2 in two parts: the first has few digits, so that its products with whole numbers are exact.
    private const double Ln2High = 0.693359375;
    private const double Ln2Low = -2.12194440e-4;

    /// <summary>e^x: 0 below -103.98, infinity above 88.73; subnormal results are rounded once.</summary>
    [MethodImpl(Inline)]
    public static T Exp<T>(T x)
        where T : struct, IFloat32<T>
    {
        x = Limit(x, -104, 89);
        T fraction = Reduce(x, out T exponent);

        // Two factors, since 2^exponent alone may be out of range.
        T first = T.Round(exponent * T.Of(0.5));
        T scale = T.PowerOfTwo(exponent - first);
        return T.MultiplyAdd(fraction, scale, scale) * T.PowerOfTwo(first);
    }

    /// <summary>1 / (1 + e^-x); below -88 it stays at 6e-39.</summary>
    [MethodImpl(Inline)]
    public static T Sigmoid<T>(T x)
        where T : struct, IFloat32<T>
    {
        T one = T.Of(1);
        T fraction = Reduce(Limit(T.Of(0) - x, -87, 88), out T exponent);
        T scale = T.PowerOfTwo(exponent);
        return one / (one + T.MultiplyAdd(fraction, scale, scale));
    }

    /// <summary>tanh x = e / (e + 2) with e = e^2x - 1, computed without cancellation: full relative accuracy near 0.</summary>
    [MethodImpl(Inline)]
    public static T Tanh<T>(T x)
        where T : struct, IFloat32<T>
    {
        T fraction = Reduce(Limit(x + x, -20, 20), out T exponent);
        T scale = T.PowerOfTwo(exponent);
        T e = T.MultiplyAdd(fraction, scale, scale - T.Of(1));
        return e / (e + T.Of(2));
    }

    /// <summary>The natural logarithm: NaN below 0, negative infinity at 0.</summary>
    [MethodImpl(Inline)]
    public static T Log<T>(T x)
        where T : struct, IFloat32<T>
    {
        T zero = T.Of(0);
        T one = T.Of(1);
        T smallestNormal = T.Of(1.17549435e-38);

        // Subnormal numbers are scaled up first.
        T isNormal = T.IfPositive(smallestNormal - x, zero, one);
        T scaled = T.IfPositive(isNormal, x, x * T.Of(8388608));
        T mantissa = T.Mantissa(scaled, out T exponent);
        exponent = T.IfPositive(isNormal, exponent, exponent - T.Of(23));

        // The mantissa m to [sqrt 1/2, sqrt 2), then log m = d - d²/2 + d³ P(d) with d = m - 1.
        T isSmall = T.Of(0.707106781186547524) - mantissa;
        exponent = T.IfPositive(isSmall, exponent - one, exponent);
        T d = T.IfPositive(isSmall, mantissa + mantissa, mantissa) - one;
        T square = d * d;
        T p = T.Of(7.0376836292e-2);
        p = T.MultiplyAdd(p, d, T.Of(-1.1514610310e-1));
        p = T.MultiplyAdd(p, d, T.Of(1.1676998740e-1));
        p = T.MultiplyAdd(p, d, T.Of(-1.2420140846e-1));
        p = T.MultiplyAdd(p, d, T.Of(1.4249322787e-1));
        p = T.MultiplyAdd(p, d, T.Of(-1.6668057665e-1));
        p = T.MultiplyAdd(p, d, T.Of(2.0000714765e-1));
        p = T.MultiplyAdd(p, d, T.Of(-2.4999993993e-1));
        p = T.MultiplyAdd(p, d, T.Of(3.3333331174e-1));
        T result = T.MultiplyAdd(exponent, T.Of(Ln2Low), p * d * square);
        result = T.MultiplyAdd(square, T.Of(-0.5), result) + d;
        result = T.MultiplyAdd(exponent, T.Of(Ln2High), result);

        // Elsewhere than in (0, infinity): -infinity at 0, NaN below it, infinity and NaN as they are.
        T outside = T.IfPositive(zero - x, T.Of(double.NaN), T.Of(double.NegativeInfinity) + x);
        T isFinite = T.IfPositive(x - T.Of(float.MaxValue), zero, one);
        return T.IfPositive(x, T.IfPositive(isFinite, result, x), outside);
    }

    /// <summary>The error function, odd: x P(x²) up to 1, 1 - e^(-x²) Q(1/x²) / x beyond.</summary>
    [MethodImpl(Inline)]
    public static T Erf<T>(T x)
        where T : struct, IFloat32<T>
    {
        T zero = T.Of(0);
        T one = T.Of(1);
        T a = T.IfPositive(zero - x, zero - x, x);
        T square = a * a;

        T p = T.Of(7.853861353153693e-5);
        p = T.MultiplyAdd(p, square, T.Of(-8.010193625184903e-4));
        p = T.MultiplyAdd(p, square, T.Of(5.188327685732524e-3));
        p = T.MultiplyAdd(p, square, T.Of(-2.685381193529856e-2));
        p = T.MultiplyAdd(p, square, T.Of(1.128358514861418e-1));
        p = T.MultiplyAdd(p, square, T.Of(-3.761262582423300e-1));
        p = T.MultiplyAdd(p, square, T.Of(1.128379165726710));
        T small = p * x;

        T b = T.Max(a, one);
        T y = one / (b * b);
        T near = T.Of(2.326819970068386e-2);
        near = T.MultiplyAdd(near, y, T.Of(-1.387039388740657e-1));
        near = T.MultiplyAdd(near, y, T.Of(3.687424674597105e-1));
        near = T.MultiplyAdd(near, y, T.Of(-5.824733027278666e-1));
        near = T.MultiplyAdd(near, y, T.Of(6.210004621745983e-1));
        near = T.MultiplyAdd(near, y, T.Of(-4.944515323274145e-1));
        near = T.MultiplyAdd(near, y, T.Of(3.404879937665872e-1));
        near = T.MultiplyAdd(near, y, T.Of(-2.741127028184656e-1));
        near = T.MultiplyAdd(near, y, T.Of(5.638259427386472e-1));
        T far = T.Of(-1.047766399936249e+1);
        far = T.MultiplyAdd(far, y, T.Of(1.297719955372516e+1));
        far = T.MultiplyAdd(far, y, T.Of(-7.495518717768503));
        far = T.MultiplyAdd(far, y, T.Of(2.921019019210786));
        far = T.MultiplyAdd(far, y, T.Of(-1.015265279202700));
        far = T.MultiplyAdd(far, y, T.Of(4.218463358204948e-1));
        far = T.MultiplyAdd(far, y, T.Of(-2.820767439740514e-1));
        far = T.MultiplyAdd(far, y, T.Of(5.641895067754075e-1));
        T tail = Exp(zero - b * b) / b * T.IfPositive(b - T.Of(2), far, near);
        T large = T.IfPositive(x, one - tail, tail - one);

        return T.IfPositive(a - one, large, small);
    }

    // x limited to a range; NaN stays NaN.
    [MethodImpl(Inline)]
    private static T Limit<T>(T x, double low, double high)
        where T : struct, IFloat32<T> => T.Min(T.Of(high), T.Max(T.Of(low), x));

    // e^x = 2^exponent (1 + fraction): x = exponent ln 2 + r with |r| <= ln 2 / 2, fraction = e^r - 1 by a polynomial of degree 7.
    [MethodImpl(Inline)]
    private static T Reduce<T>(T x, out T exponent)
        where T : struct, IFloat32<T>
    {
        exponent = T.Round(x * T.Of(Log2E));
        T r = T.MultiplyAdd(exponent, T.Of(-Ln2High), x);
        r = T.MultiplyAdd(exponent, T.Of(-Ln2Low), r);
        T p = T.Of(1.9875691500e-4);
        p = T.MultiplyAdd(p, r, T.Of(1.3981999507e-3));
        p = T.MultiplyAdd(p, r, T.Of(8.3334519073e-3));
        p = T.MultiplyAdd(p, r, T.Of(4.1665795894e-2));
        p = T.MultiplyAdd(p, r, T.Of(1.6666665459e-1));
        p = T.MultiplyAdd(p, r, T.Of(5.0000001201e-1));
        return T.MultiplyAdd(p, r * r, r);
    }
}
