using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>
/// Weights as whole numbers from -127 to 127 with a scale for each column, times rows of 16-bit numbers with a scale for each row. Sums of products
/// are exact 32-bit integers, the same in any order and at any width.
/// </summary>
/// <typeparam name="TLanes">The lanes.</typeparam>
internal readonly unsafe struct Int8Weights<TLanes> : IWeightFormat<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Width = ILanes<TLanes>.Width;
    private const int Greatest = sbyte.MaxValue;

    public static int WeightBytes => sizeof(sbyte);

    public static int ElementBytes => sizeof(short);

    public static float ScaleOf(float greatest) => greatest / Greatest;

    public static void Write(byte* to, float weight, float scale) =>
        *(sbyte*)to = scale > 0 && float.IsFinite(scale) ? (sbyte)MathF.Round(Math.Clamp(weight / scale, -Greatest, Greatest)) : (sbyte)0;

    // A row that is not finite gets the scale NaN, and so do its products.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float PrepareRow(byte* to, float* row, long depth)
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes greatest = zero;
        TLanes probe = zero;
        for (long k = 0; k < depth; k += Width)
        {
            TLanes x = LaneReduction.Load<TLanes>(row + k, depth - k);
            greatest = TLanes.Max(TLanes.Max(x, zero - x), greatest);
            probe = TLanes.MultiplyAdd(x, zero, probe);
        }

        // So many steps that no sum of products leaves 32 bits.
        float steps = Math.Min(short.MaxValue, int.MaxValue / (Greatest * depth));
        float magnitude = greatest.Greatest();
        float perStep = steps / magnitude;
        TLanes factor = TLanes.Broadcast(float.IsFinite(perStep) ? perStep : 0);
        for (long k = 0; k < depth; k += Width)
            TLanes.Round(LaneReduction.Load<TLanes>(row + k, depth - k) * factor).StoreInt16((short*)to + k);
        return magnitude / steps + probe.Sum();
    }

    [MethodImpl(Inline)]
    public static TLanes Begin(TLanes c) => TLanes.Broadcast(0);

    [MethodImpl(Inline)]
    public static TLanes Read(byte* source, out TLanes second)
    {
        second = default;
        return TLanes.LoadInt8Pairs(source);
    }

    [MethodImpl(Inline)]
    public static TLanes Add(byte* row, TLanes first, TLanes second, TLanes sum) => TLanes.AddPairProducts(first, *(int*)row, sum);

    [MethodImpl(Inline)]
    public static TLanes End(TLanes sum, TLanes c, float rowScale, float* columnScales) =>
        TLanes.MultiplyAdd(TLanes.OfIntegers(sum), TLanes.Broadcast(rowScale) * TLanes.Load(columnScales), c);
}
