using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniLstm.Engine;

/// <summary>Sixteen lanes as two vectors of 256 bits (AVX2).</summary>
internal readonly unsafe struct Lanes8x2(Vector256<float> a, Vector256<float> b) : ILanes<Lanes8x2>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector256<float> _a = a;
    private readonly Vector256<float> _b = b;

    public static int PanelVectors => 1;

    [MethodImpl(Inline)]
    public static Lanes8x2 operator +(Lanes8x2 a, Lanes8x2 b) => new(a._a + b._a, a._b + b._b);

    [MethodImpl(Inline)]
    public static Lanes8x2 operator -(Lanes8x2 a, Lanes8x2 b) => new(a._a - b._a, a._b - b._b);

    [MethodImpl(Inline)]
    public static Lanes8x2 operator *(Lanes8x2 a, Lanes8x2 b) => new(a._a * b._a, a._b * b._b);

    [MethodImpl(Inline)]
    public static Lanes8x2 operator /(Lanes8x2 a, Lanes8x2 b) => new(a._a / b._a, a._b / b._b);

    [MethodImpl(Inline)]
    public static Lanes8x2 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(Inline)]
    public static Lanes8x2 LoadPart(float* source, long count) => Avx.IsSupported
        ? new(Avx.MaskLoad(source, First(count)), Avx.MaskLoad(source + 8, First(count - 8)))
        : LaneReduction.LoadSingly<Lanes8x2>(source, count);

    [MethodImpl(Inline)]
    public static Lanes8x2 Broadcast(float value)
    {
        Vector256<float> all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(Inline)]
    public void Store(float* destination)
    {
        Vector256.Store(_a, destination);
        Vector256.Store(_b, destination + 8);
    }

    [MethodImpl(Inline)]
    public void StorePart(float* destination, long count)
    {
        if (Avx.IsSupported)
        {
            Avx.MaskStore(destination, First(count), _a);
            Avx.MaskStore(destination + 8, First(count - 8), _b);
        }
        else
        {
            LaneReduction.StoreSingly(this, destination, count);
        }
    }

    [MethodImpl(Inline)]
    public static Lanes8x2 Of(double value) => Broadcast((float)value);

    // .NET counts the instruction among those of AVX2: neither is there alone.
    [MethodImpl(Inline)]
    public static Lanes8x2 MultiplyAdd(Lanes8x2 a, Lanes8x2 b, Lanes8x2 c) =>
        new(Vector256.FusedMultiplyAdd(a._a, b._a, c._a), Vector256.FusedMultiplyAdd(a._b, b._b, c._b));

    [MethodImpl(Inline)]
    public static Lanes8x2 IfPositive(Lanes8x2 x, Lanes8x2 positive, Lanes8x2 otherwise) => new(
            Vector256.ConditionalSelect(Vector256.GreaterThan(x._a, Vector256<float>.Zero), positive._a, otherwise._a),
            Vector256.ConditionalSelect(Vector256.GreaterThan(x._b, Vector256<float>.Zero), positive._b, otherwise._b));

    [MethodImpl(Inline)]
    public static Lanes8x2 Max(Lanes8x2 a, Lanes8x2 b) => new(Vector256.MaxNative(a._a, b._a), Vector256.MaxNative(a._b, b._b));

    [MethodImpl(Inline)]
    public static Lanes8x2 Min(Lanes8x2 a, Lanes8x2 b) => new(Vector256.MinNative(a._a, b._a), Vector256.MinNative(a._b, b._b));

    [MethodImpl(Inline)]
    public static Lanes8x2 Sqrt(Lanes8x2 x) => new(Vector256.Sqrt(x._a), Vector256.Sqrt(x._b));

    [MethodImpl(Inline)]
    public static Lanes8x2 Round(Lanes8x2 x) => new(Vector256.Round(x._a), Vector256.Round(x._b));

    [MethodImpl(Inline)]
    public static Lanes8x2 Exp(Lanes8x2 x) => Float32Math.Exp(x);

    [MethodImpl(Inline)]
    public static Lanes8x2 Log(Lanes8x2 x) => Float32Math.Log(x);

    [MethodImpl(Inline)]
    public static Lanes8x2 Tanh(Lanes8x2 x) => Float32Math.Tanh(x);

    [MethodImpl(Inline)]
    public static Lanes8x2 Sigmoid(Lanes8x2 x) => Float32Math.Sigmoid(x);

    [MethodImpl(Inline)]
    public static Lanes8x2 Erf(Lanes8x2 x) => Float32Math.Erf(x);

    [MethodImpl(Inline)]
    public static Lanes8x2 PowerOfTwo(Lanes8x2 exponent) => new(PowerOfTwo(exponent._a), PowerOfTwo(exponent._b));

    [MethodImpl(Inline)]
    public static Lanes8x2 Mantissa(Lanes8x2 x, out Lanes8x2 exponent)
    {
        exponent = new(Exponent(x._a), Exponent(x._b));
        return new(Mantissa(x._a), Mantissa(x._b));
    }

    public float Sum()
    {
        Vector256<float> half = _a + _b;
        return LaneReduction.Sum(half.GetLower() + half.GetUpper());
    }

    public float Greatest()
    {
        Vector256<float> half = Vector256.Max(_a, _b);
        return LaneReduction.Greatest(Vector128.Max(half.GetLower(), half.GetUpper()));
    }

    [MethodImpl(Inline)]
    private static Vector256<float> PowerOfTwo(Vector256<float> exponent) =>
        ((Vector256.ConvertToInt32Native(exponent) + Vector256.Create(127)) << 23).AsSingle();

    [MethodImpl(Inline)]
    private static Vector256<float> Exponent(Vector256<float> x) =>
        Vector256.ConvertToSingle(Vector256.ShiftRightLogical(x.AsInt32(), 23) - Vector256.Create(126));

    [MethodImpl(Inline)]
    private static Vector256<float> Mantissa(Vector256<float> x) =>
        ((x.AsInt32() & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F000000)).AsSingle();

    [MethodImpl(Inline)]
    public static Lanes8x2 LoadBFloat16Pairs(byte* source, out Lanes8x2 second)
    {
        Vector256<uint> a = Vector256.Load((uint*)source);
        Vector256<uint> b = Vector256.Load((uint*)source + 8);
        Vector256<uint> upper = Vector256.Create(0xFFFF0000);
        second = new((a & upper).AsSingle(), (b & upper).AsSingle());
        return new((a << 16).AsSingle(), (b << 16).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes8x2 LoadInt8Pairs(byte* source)
    {
        (Vector256<short> a, Vector256<short> b) = Vector256.Widen(Vector256.Load((sbyte*)source));
        return new(a.AsSingle(), b.AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes8x2 AddPairProducts(Lanes8x2 weights, int pair, Lanes8x2 sums) => new(
        AddPairProducts(weights._a.AsInt32(), pair, sums._a.AsInt32()).AsSingle(),
        AddPairProducts(weights._b.AsInt32(), pair, sums._b.AsInt32()).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes8x2 OfIntegers(Lanes8x2 integers) =>
        new(Vector256.ConvertToSingle(integers._a.AsInt32()), Vector256.ConvertToSingle(integers._b.AsInt32()));

    [MethodImpl(Inline)]
    public void StoreInt16(short* destination) =>
        Vector256.Store(Vector256.Narrow(Vector256.ConvertToInt32Native(_a), Vector256.ConvertToInt32Native(_b)), destination);

    [MethodImpl(Inline)]
    private static Vector256<int> AddPairProducts(Vector256<int> weights, int pair, Vector256<int> sums) => sums + (Avx2.IsSupported
        ? Avx2.MultiplyAddAdjacent(weights.AsInt16(), Vector256.Create(pair).AsInt16())
        : ((weights << 16) >> 16) * Vector256.Create((int)(short)pair) + (weights >> 16) * Vector256.Create(pair >> 16));

    // The first lanes of a half as a mask.
    [MethodImpl(Inline)]
    private static Vector256<float> First(long count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count)).AsSingle();
}
