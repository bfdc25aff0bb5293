using System.Runtime.CompilerServices;
using ILGPU.Algorithms;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// One float32 value, as formulas see it inside a kernel. exp, tanh and the like are those of the host, <see cref="Float32Math"/>: what ILGPU offers
/// becomes <c>tanh.approx</c> on CUDA, good to three digits.
/// </summary>
/// <param name="value">The value.</param>
internal readonly struct Float32(float value) : IFloat32<Float32>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // 1.5 · 2^23: a sum with it has no digits after the point.
    private const float WholeNumbers = 12582912;

    private const int MantissaBits = 23;
    private const int ExponentBias = 127;

    public float Value { get; } = value;

    [MethodImpl(Inline)]
    public static Float32 operator +(Float32 a, Float32 b) => new(a.Value + b.Value);

    [MethodImpl(Inline)]
    public static Float32 operator -(Float32 a, Float32 b) => new(a.Value - b.Value);

    [MethodImpl(Inline)]
    public static Float32 operator *(Float32 a, Float32 b) => new(a.Value * b.Value);

    [MethodImpl(Inline)]
    public static Float32 operator /(Float32 a, Float32 b) => new(a.Value / b.Value);

    [MethodImpl(Inline)]
    public static Float32 Of(double value) => new((float)value);

    // Not MathF.FusedMultiplyAdd, which becomes a call of nothing; the assembler joins the two where the device can.
    [MethodImpl(Inline)]
    public static Float32 MultiplyAdd(Float32 a, Float32 b, Float32 c) => new(a.Value * b.Value + c.Value);

    [MethodImpl(Inline)]
    public static Float32 IfPositive(Float32 x, Float32 positive, Float32 otherwise) =>
        new(x.Value > 0 ? positive.Value : otherwise.Value);

    [MethodImpl(Inline)]
    public static Float32 Max(Float32 a, Float32 b) => new(a.Value > b.Value ? a.Value : b.Value);

    [MethodImpl(Inline)]
    public static Float32 Min(Float32 a, Float32 b) => new(a.Value < b.Value ? a.Value : b.Value);

    // For the range that Float32Math asks for, up to some hundreds.
    [MethodImpl(Inline)]
    public static Float32 Round(Float32 x) => new(x.Value + WholeNumbers - WholeNumbers);

    [MethodImpl(Inline)]
    public static Float32 PowerOfTwo(Float32 exponent) =>
        new(BitConverter.Int32BitsToSingle(((int)exponent.Value + ExponentBias) << MantissaBits));

    [MethodImpl(Inline)]
    public static Float32 Mantissa(Float32 x, out Float32 exponent)
    {
        int bits = BitConverter.SingleToInt32Bits(x.Value);
        exponent = new((bits >> MantissaBits) - (ExponentBias - 1));
        return new(BitConverter.Int32BitsToSingle((bits & 0x007FFFFF) | 0x3F000000));
    }

    [MethodImpl(Inline)]
    public static Float32 Sqrt(Float32 x) => new(XMath.Sqrt(x.Value));

    [MethodImpl(Inline)]
    public static Float32 Exp(Float32 x) => Float32Math.Exp(x);

    [MethodImpl(Inline)]
    public static Float32 Log(Float32 x) => Float32Math.Log(x);

    [MethodImpl(Inline)]
    public static Float32 Tanh(Float32 x) => Float32Math.Tanh(x);

    [MethodImpl(Inline)]
    public static Float32 Sigmoid(Float32 x) => Float32Math.Sigmoid(x);

    [MethodImpl(Inline)]
    public static Float32 Erf(Float32 x) => Float32Math.Erf(x);
}
