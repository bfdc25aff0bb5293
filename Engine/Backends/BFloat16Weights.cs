using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>Weights as bfloat16: a shift and a mask make float32 of them; everything else is the product in float32, in the same order.</summary>
/// <typeparam name="TLanes">The lanes.</typeparam>
internal readonly unsafe struct BFloat16Weights<TLanes> : IWeightFormat<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int WeightBytes => sizeof(ushort);

    public static int ElementBytes => sizeof(float);

    public static float ScaleOf(float greatest) => 1;

    public static void Write(byte* to, float weight, float scale) => *(ushort*)to = UpperHalf(weight);

    public static float PrepareRow(byte* to, float* row, long depth)
    {
        for (long k = 0; k < depth; k += ILanes<TLanes>.Width)
            LaneReduction.Load<TLanes>(row + k, depth - k).Store((float*)to + k);
        return 1;
    }

    [MethodImpl(Inline)]
    public static TLanes Begin(TLanes c) => c;

    [MethodImpl(Inline)]
    public static TLanes Read(byte* source, out TLanes second) => TLanes.LoadBFloat16Pairs(source, out second);

    [MethodImpl(Inline)]
    public static TLanes Add(byte* row, TLanes first, TLanes second, TLanes sum)
    {
        sum = TLanes.MultiplyAdd(TLanes.Broadcast(*(float*)row), first, sum);
        return TLanes.MultiplyAdd(TLanes.Broadcast(((float*)row)[1]), second, sum);
    }

    [MethodImpl(Inline)]
    public static TLanes End(TLanes sum, TLanes c, float rowScale, float* columnScales) => sum;

    // Rounded to nearest, ties to even; NaN stays NaN.
    private static ushort UpperHalf(float weight)
    {
        const uint Quiet = 0x0040;
        uint bits = BitConverter.SingleToUInt32Bits(weight);
        if (float.IsNaN(weight))
            return (ushort)((bits >> 16) | Quiet);
        uint half = 0x7FFF + ((bits >> 16) & 1);
        return (ushort)((bits + half) >> 16);
    }
}
