using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>Rows of values beside the cells, sixteen at a time.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    // to = a b
    [MethodImpl(Hot)]
    private static void MultiplyRow(float* to, float* a, float* b, long count)
    {
        for (long j = 0; j < count; j += Width)
        {
            long left = count - j;
            LaneReduction.Store(LaneReduction.Load<TLanes>(a + j, left) * LaneReduction.Load<TLanes>(b + j, left), to + j, left);
        }
    }

    // to += a
    [MethodImpl(Hot)]
    private static void AddRow(float* to, float* a, long count)
    {
        for (long j = 0; j < count; j += Width)
            AddLanes(to + j, LaneReduction.Load<TLanes>(a + j, count - j), count - j);
    }

    // to += a b
    [MethodImpl(Hot)]
    private static void AddProductRow(float* to, float* a, float* b, long count)
    {
        for (long j = 0; j < count; j += Width)
        {
            long left = count - j;
            TLanes sum = TLanes.MultiplyAdd(
                LaneReduction.Load<TLanes>(a + j, left), LaneReduction.Load<TLanes>(b + j, left), LaneReduction.Load<TLanes>(to + j, left));
            LaneReduction.Store(sum, to + j, left);
        }
    }

    [MethodImpl(Hot)]
    private static void KeepOldRow(float* to, float* keep, float* old, long count)
    {
        TLanes one = TLanes.Broadcast(1);
        for (long j = 0; j < count; j += Width)
        {
            long left = count - j;
            TLanes share = LaneReduction.Load<TLanes>(keep + j, left);
            TLanes renewed = (one - share) * LaneReduction.Load<TLanes>(to + j, left);
            LaneReduction.Store(TLanes.MultiplyAdd(share, LaneReduction.Load<TLanes>(old + j, left), renewed), to + j, left);
        }
    }

    [MethodImpl(Hot)]
    private static void KeepOldSlopeRow(float* gradient, float* keep, float* dOld, long count)
    {
        TLanes one = TLanes.Broadcast(1);
        for (long j = 0; j < count; j += Width)
        {
            long left = count - j;
            TLanes share = LaneReduction.Load<TLanes>(keep + j, left);
            TLanes d = LaneReduction.Load<TLanes>(gradient + j, left);
            AddLanes(dOld + j, share * d, left);
            LaneReduction.Store((one - share) * d, gradient + j, left);
        }
    }

    [MethodImpl(Inline)]
    private static void AddLanes(float* to, TLanes lanes, long left) =>
        LaneReduction.Store(LaneReduction.Load<TLanes>(to, left) + lanes, to, left);

    [MethodImpl(Inline)]
    private static Gates<TLanes> LoadGates<TCell>(float* z, long units, long left)
        where TCell : struct, ICell<TCell>
    {
        Gates<TLanes> gates;
        gates.A = LaneReduction.Load<TLanes>(z, left);
        gates.B = CellSizes<TCell>.Gates > 1 ? LaneReduction.Load<TLanes>(z + units, left) : default;
        gates.C = CellSizes<TCell>.Gates > 2 ? LaneReduction.Load<TLanes>(z + 2 * units, left) : default;
        gates.D = CellSizes<TCell>.Gates > 3 ? LaneReduction.Load<TLanes>(z + 3 * units, left) : default;
        return gates;
    }

    [MethodImpl(Inline)]
    private static void StoreGates<TCell>(in Gates<TLanes> gates, float* z, long units, long left)
        where TCell : struct, ICell<TCell>
    {
        LaneReduction.Store(gates.A, z, left);
        if (CellSizes<TCell>.Gates > 1)
            LaneReduction.Store(gates.B, z + units, left);
        if (CellSizes<TCell>.Gates > 2)
            LaneReduction.Store(gates.C, z + 2 * units, left);
        if (CellSizes<TCell>.Gates > 3)
            LaneReduction.Store(gates.D, z + 3 * units, left);
    }

    [MethodImpl(Inline)]
    private static UnitWeights<TLanes> LoadWeights<TCell>(float* weights, long unit, long units, long left)
        where TCell : struct, ICell<TCell>
    {
        UnitWeights<TLanes> loaded = default;
        if (TCell.WeightCount == 0 || weights is null)
            return loaded;
        loaded.A = LaneReduction.Load<TLanes>(weights + unit, left);
        if (TCell.WeightCount > 1)
            loaded.B = LaneReduction.Load<TLanes>(weights + units + unit, left);
        if (TCell.WeightCount > 2)
            loaded.C = LaneReduction.Load<TLanes>(weights + 2 * units + unit, left);
        return loaded;
    }

    [MethodImpl(Inline)]
    private static void AddWeights<TCell>(float* to, in UnitWeights<TLanes> gradient, long units, long left)
        where TCell : struct, ICell<TCell>
    {
        AddLanes(to, gradient.A, left);
        if (TCell.WeightCount > 1)
            AddLanes(to + units, gradient.B, left);
        if (TCell.WeightCount > 2)
            AddLanes(to + 2 * units, gradient.C, left);
    }
}
