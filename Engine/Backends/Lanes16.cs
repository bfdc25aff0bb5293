using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniLstm.Engine;

/// <summary>Sixteen lanes as one vector of 512 bits (AVX-512).</summary>
internal readonly unsafe struct Lanes16(Vector512<float> value) : ILanes<Lanes16>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector512<float> _value = value;

    public static int PanelVectors => 4;

    [MethodImpl(Inline)]
    public static Lanes16 operator +(Lanes16 a, Lanes16 b) => new(a._value + b._value);

    [MethodImpl(Inline)]
    public static Lanes16 operator -(Lanes16 a, Lanes16 b) => new(a._value - b._value);

    [MethodImpl(Inline)]
    public static Lanes16 operator *(Lanes16 a, Lanes16 b) => new(a._value * b._value);

    [MethodImpl(Inline)]
    public static Lanes16 operator /(Lanes16 a, Lanes16 b) => new(a._value / b._value);

    [MethodImpl(Inline)]
    public static Lanes16 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(Inline)]
    public static Lanes16 LoadPart(float* source, long count) => Avx512F.IsSupported
        ? new(Avx512F.MaskLoad(source, First(count), Vector512<float>.Zero))
        : LaneReduction.LoadSingly<Lanes16>(source, count);

    [MethodImpl(Inline)]
    public static Lanes16 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(Inline)]
    public void Store(float* destination) => Vector512.Store(_value, destination);

    [MethodImpl(Inline)]
    public void StorePart(float* destination, long count)
    {
        if (Avx512F.IsSupported)
            Avx512F.MaskStore(destination, First(count), _value);
        else
            LaneReduction.StoreSingly(this, destination, count);
    }

    [MethodImpl(Inline)]
    public static Lanes16 Of(double value) => Broadcast((float)value);

    [MethodImpl(Inline)]
    public static Lanes16 MultiplyAdd(Lanes16 a, Lanes16 b, Lanes16 c) => new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(Inline)]
    public static Lanes16 IfPositive(Lanes16 x, Lanes16 positive, Lanes16 otherwise) => new(Vector512.ConditionalSelect(Vector512.GreaterThan(x._value, Vector512<float>.Zero), positive._value, otherwise._value));

    [MethodImpl(Inline)]
    public static Lanes16 Max(Lanes16 a, Lanes16 b) => new(Vector512.MaxNative(a._value, b._value));

    [MethodImpl(Inline)]
    public static Lanes16 Min(Lanes16 a, Lanes16 b) => new(Vector512.MinNative(a._value, b._value));

    [MethodImpl(Inline)]
    public static Lanes16 Sqrt(Lanes16 x) => new(Vector512.Sqrt(x._value));

    [MethodImpl(Inline)]
    public static Lanes16 Round(Lanes16 x) => new(Vector512.Round(x._value));

    [MethodImpl(Inline)]
    public static Lanes16 Exp(Lanes16 x) => Float32Math.Exp(x);

    [MethodImpl(Inline)]
    public static Lanes16 Log(Lanes16 x) => Float32Math.Log(x);

    [MethodImpl(Inline)]
    public static Lanes16 Tanh(Lanes16 x) => Float32Math.Tanh(x);

    [MethodImpl(Inline)]
    public static Lanes16 Sigmoid(Lanes16 x) => Float32Math.Sigmoid(x);

    [MethodImpl(Inline)]
    public static Lanes16 Erf(Lanes16 x) => Float32Math.Erf(x);

    [MethodImpl(Inline)]
    public static Lanes16 PowerOfTwo(Lanes16 exponent) => new(((Vector512.ConvertToInt32Native(exponent._value) + Vector512.Create(127)) << 23).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes16 Mantissa(Lanes16 x, out Lanes16 exponent)
    {
        Vector512<int> bits = x._value.AsInt32();
        exponent = new(Vector512.ConvertToSingle(Vector512.ShiftRightLogical(bits, 23) - Vector512.Create(126)));
        return new(((bits & Vector512.Create(0x007FFFFF)) | Vector512.Create(0x3F000000)).AsSingle());
    }

    public float Sum()
    {
        Vector256<float> half = _value.GetLower() + _value.GetUpper();
        return LaneReduction.Sum(half.GetLower() + half.GetUpper());
    }

    public float Greatest()
    {
        Vector256<float> half = Vector256.Max(_value.GetLower(), _value.GetUpper());
        return LaneReduction.Greatest(Vector128.Max(half.GetLower(), half.GetUpper()));
    }

    [MethodImpl(Inline)]
    public static Lanes16 LoadBFloat16Pairs(byte* source, out Lanes16 second)
    {
        Vector512<uint> pairs = Vector512.Load((uint*)source);
        second = new((pairs & Vector512.Create(0xFFFF0000)).AsSingle());
        return new((pairs << 16).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes16 LoadInt8Pairs(byte* source)
    {
        Vector256<sbyte> pairs = Vector256.Load((sbyte*)source);
        return new((Avx512BW.IsSupported
            ? Avx512BW.ConvertToVector512Int16(pairs)
            : Vector512.Create(Vector256.WidenLower(pairs), Vector256.WidenUpper(pairs))).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes16 AddPairProducts(Lanes16 weights, int pair, Lanes16 sums)
    {
        Vector512<int> w = weights._value.AsInt32();
        Vector512<int> products = Avx512BW.IsSupported
            ? Avx512BW.MultiplyAddAdjacent(w.AsInt16(), Vector512.Create(pair).AsInt16())
            : ((w << 16) >> 16) * Vector512.Create((int)(short)pair) + (w >> 16) * Vector512.Create(pair >> 16);
        return new((sums._value.AsInt32() + products).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes16 OfIntegers(Lanes16 integers) => new(Vector512.ConvertToSingle(integers._value.AsInt32()));

    [MethodImpl(Inline)]
    public void StoreInt16(short* destination)
    {
        Vector512<int> integers = Vector512.ConvertToInt32Native(_value);
        Vector256.Store(Vector256.Narrow(integers.GetLower(), integers.GetUpper()), destination);
    }

    // The first lanes as a mask.
    [MethodImpl(Inline)]
    private static Vector512<float> First(long count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).AsSingle();
}
