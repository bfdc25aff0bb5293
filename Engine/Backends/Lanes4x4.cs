using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MiniLstm.Engine;

/// <summary>Sixteen lanes as four vectors of 128 bits (Arm, old x86; without any SIMD the runtime computes them one by one).</summary>
internal readonly unsafe struct Lanes4x4(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : ILanes<Lanes4x4>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // A whole cell exceeds what the compiler inlines, and then even operators become calls; with these functions apart the rest is inlined.
    private const MethodImplOptions Apart = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;

    private readonly Vector128<float> _a = a;
    private readonly Vector128<float> _b = b;
    private readonly Vector128<float> _c = c;
    private readonly Vector128<float> _d = d;

    public static int PanelVectors => 1;

    [MethodImpl(Inline)]
    public static Lanes4x4 operator +(Lanes4x4 a, Lanes4x4 b) => new(a._a + b._a, a._b + b._b, a._c + b._c, a._d + b._d);

    [MethodImpl(Inline)]
    public static Lanes4x4 operator -(Lanes4x4 a, Lanes4x4 b) => new(a._a - b._a, a._b - b._b, a._c - b._c, a._d - b._d);

    [MethodImpl(Inline)]
    public static Lanes4x4 operator *(Lanes4x4 a, Lanes4x4 b) => new(a._a * b._a, a._b * b._b, a._c * b._c, a._d * b._d);

    [MethodImpl(Inline)]
    public static Lanes4x4 operator /(Lanes4x4 a, Lanes4x4 b) => new(a._a / b._a, a._b / b._b, a._c / b._c, a._d / b._d);

    [MethodImpl(Inline)]
    public static Lanes4x4 Load(float* source) => new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    public static Lanes4x4 LoadPart(float* source, long count) => LaneReduction.LoadSingly<Lanes4x4>(source, count);

    [MethodImpl(Inline)]
    public static Lanes4x4 Broadcast(float value)
    {
        Vector128<float> all = Vector128.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(Inline)]
    public void Store(float* destination)
    {
        Vector128.Store(_a, destination);
        Vector128.Store(_b, destination + 4);
        Vector128.Store(_c, destination + 8);
        Vector128.Store(_d, destination + 12);
    }

    public void StorePart(float* destination, long count) => LaneReduction.StoreSingly(this, destination, count);

    [MethodImpl(Inline)]
    public static Lanes4x4 Of(double value) => Broadcast((float)value);

    [MethodImpl(Inline)]
    public static Lanes4x4 MultiplyAdd(Lanes4x4 a, Lanes4x4 b, Lanes4x4 c) =>
        new(MultiplyAdd(a._a, b._a, c._a),
            MultiplyAdd(a._b, b._b, c._b),
            MultiplyAdd(a._c, b._c, c._c),
            MultiplyAdd(a._d, b._d, c._d));

    [MethodImpl(Inline)]
    public static Lanes4x4 IfPositive(Lanes4x4 x, Lanes4x4 positive, Lanes4x4 otherwise) => new(
            Vector128.ConditionalSelect(Vector128.GreaterThan(x._a, Vector128<float>.Zero), positive._a, otherwise._a),
            Vector128.ConditionalSelect(Vector128.GreaterThan(x._b, Vector128<float>.Zero), positive._b, otherwise._b),
            Vector128.ConditionalSelect(Vector128.GreaterThan(x._c, Vector128<float>.Zero), positive._c, otherwise._c),
            Vector128.ConditionalSelect(Vector128.GreaterThan(x._d, Vector128<float>.Zero), positive._d, otherwise._d));

    [MethodImpl(Inline)]
    public static Lanes4x4 Max(Lanes4x4 a, Lanes4x4 b) => new(Vector128.MaxNative(a._a, b._a), Vector128.MaxNative(a._b, b._b), Vector128.MaxNative(a._c, b._c), Vector128.MaxNative(a._d, b._d));

    [MethodImpl(Inline)]
    public static Lanes4x4 Min(Lanes4x4 a, Lanes4x4 b) => new(Vector128.MinNative(a._a, b._a), Vector128.MinNative(a._b, b._b), Vector128.MinNative(a._c, b._c), Vector128.MinNative(a._d, b._d));

    [MethodImpl(Inline)]
    public static Lanes4x4 Sqrt(Lanes4x4 x) => new(Vector128.Sqrt(x._a), Vector128.Sqrt(x._b), Vector128.Sqrt(x._c), Vector128.Sqrt(x._d));

    [MethodImpl(Inline)]
    public static Lanes4x4 Round(Lanes4x4 x) => new(Vector128.Round(x._a), Vector128.Round(x._b), Vector128.Round(x._c), Vector128.Round(x._d));

    [MethodImpl(Apart)]
    public static Lanes4x4 Exp(Lanes4x4 x) => Float32Math.Exp(x);

    [MethodImpl(Apart)]
    public static Lanes4x4 Log(Lanes4x4 x) => Float32Math.Log(x);

    [MethodImpl(Apart)]
    public static Lanes4x4 Tanh(Lanes4x4 x) => Float32Math.Tanh(x);

    [MethodImpl(Apart)]
    public static Lanes4x4 Sigmoid(Lanes4x4 x) => Float32Math.Sigmoid(x);

    [MethodImpl(Apart)]
    public static Lanes4x4 Erf(Lanes4x4 x) => Float32Math.Erf(x);

    [MethodImpl(Inline)]
    public static Lanes4x4 PowerOfTwo(Lanes4x4 exponent) =>
        new(PowerOfTwo(exponent._a), PowerOfTwo(exponent._b), PowerOfTwo(exponent._c), PowerOfTwo(exponent._d));

    [MethodImpl(Inline)]
    public static Lanes4x4 Mantissa(Lanes4x4 x, out Lanes4x4 exponent)
    {
        exponent = new(Exponent(x._a), Exponent(x._b), Exponent(x._c), Exponent(x._d));
        return new(Mantissa(x._a), Mantissa(x._b), Mantissa(x._c), Mantissa(x._d));
    }

    public float Sum() => LaneReduction.Sum(_a + _c + (_b + _d));

    public float Greatest() => LaneReduction.Greatest(Vector128.Max(Vector128.Max(_a, _c), Vector128.Max(_b, _d)));

    // Without the instruction its emulation is hundreds of times slower: then two roundings.
    [MethodImpl(Inline)]
    private static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Fma.IsSupported || AdvSimd.IsSupported ? Vector128.FusedMultiplyAdd(a, b, c) : a * b + c;

    [MethodImpl(Inline)]
    private static Vector128<float> PowerOfTwo(Vector128<float> exponent) =>
        ((Vector128.ConvertToInt32Native(exponent) + Vector128.Create(127)) << 23).AsSingle();

    [MethodImpl(Inline)]
    private static Vector128<float> Exponent(Vector128<float> x) =>
        Vector128.ConvertToSingle(Vector128.ShiftRightLogical(x.AsInt32(), 23) - Vector128.Create(126));

    [MethodImpl(Inline)]
    private static Vector128<float> Mantissa(Vector128<float> x) =>
        ((x.AsInt32() & Vector128.Create(0x007FFFFF)) | Vector128.Create(0x3F000000)).AsSingle();

    [MethodImpl(Inline)]
    public static Lanes4x4 LoadBFloat16Pairs(byte* source, out Lanes4x4 second)
    {
        Vector128<uint> a = Vector128.Load((uint*)source);
        Vector128<uint> b = Vector128.Load((uint*)source + 4);
        Vector128<uint> c = Vector128.Load((uint*)source + 8);
        Vector128<uint> d = Vector128.Load((uint*)source + 12);
        Vector128<uint> upper = Vector128.Create(0xFFFF0000);
        second = new((a & upper).AsSingle(), (b & upper).AsSingle(), (c & upper).AsSingle(), (d & upper).AsSingle());
        return new((a << 16).AsSingle(), (b << 16).AsSingle(), (c << 16).AsSingle(), (d << 16).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes4x4 LoadInt8Pairs(byte* source)
    {
        (Vector128<short> a, Vector128<short> b) = Vector128.Widen(Vector128.Load((sbyte*)source));
        (Vector128<short> c, Vector128<short> d) = Vector128.Widen(Vector128.Load((sbyte*)source + 16));
        return new(a.AsSingle(), b.AsSingle(), c.AsSingle(), d.AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes4x4 AddPairProducts(Lanes4x4 weights, int pair, Lanes4x4 sums) => new(
        AddPairProducts(weights._a.AsInt32(), pair, sums._a.AsInt32()).AsSingle(),
        AddPairProducts(weights._b.AsInt32(), pair, sums._b.AsInt32()).AsSingle(),
        AddPairProducts(weights._c.AsInt32(), pair, sums._c.AsInt32()).AsSingle(),
        AddPairProducts(weights._d.AsInt32(), pair, sums._d.AsInt32()).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes4x4 OfIntegers(Lanes4x4 integers) => new(
        Vector128.ConvertToSingle(integers._a.AsInt32()),
        Vector128.ConvertToSingle(integers._b.AsInt32()),
        Vector128.ConvertToSingle(integers._c.AsInt32()),
        Vector128.ConvertToSingle(integers._d.AsInt32()));

    [MethodImpl(Inline)]
    public void StoreInt16(short* destination)
    {
        Vector128.Store(Vector128.Narrow(Vector128.ConvertToInt32Native(_a), Vector128.ConvertToInt32Native(_b)), destination);
        Vector128.Store(Vector128.Narrow(Vector128.ConvertToInt32Native(_c), Vector128.ConvertToInt32Native(_d)), destination + 8);
    }

    [MethodImpl(Inline)]
    private static Vector128<int> AddPairProducts(Vector128<int> weights, int pair, Vector128<int> sums) => sums + (Sse2.IsSupported
        ? Sse2.MultiplyAddAdjacent(weights.AsInt16(), Vector128.Create(pair).AsInt16())
        : ((weights << 16) >> 16) * Vector128.Create((int)(short)pair) + (weights >> 16) * Vector128.Create(pair >> 16));
}
