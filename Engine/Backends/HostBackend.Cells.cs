using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>The pointwise part of recurrent layers: cells, resets, normalised cell states, zoneout; sixteen units at a time.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    public override void Step<TCell>(in TCell cell, View gates, (View H, View C) before, View weights, (View H, View C) after)
    {
        Layer layer = RowsOf(gates, after.H.Columns, before, weights);
        layer.HAfter = Reals(after.H);
        layer.CAfter = Reals(after.C);
        TCell own = cell;
        SplitRows(gates.Rows, gates.Columns, (start, count) => StepUnits(
            own, layer, layer.Gates + start * layer.Columns, layer.Columns, layer.Units, start, start + count, 0, layer.Units));
    }

    public override void StepSlope<TCell>(
        in TCell cell,
        View gates,
        (View H, View C) before,
        View weights,
        (View H, View C) gradient,
        (View H, View C) gradientBefore,
        View dWeights)
    {
        Layer layer = RowsOf(gates, gates.Columns / CellSizes<TCell>.Gates, before, weights);
        layer.DHAfter = Reals(gradient.H);
        layer.DCAfter = Reals(gradient.C);
        layer.DHBefore = Reals(gradientBefore.H);
        layer.DCBefore = Reals(gradientBefore.C);
        int rows = checked((int)gates.Rows);
        using Scratch perRow = PerSequence(dWeights, rows, out layer.DUnitWeights);
        TCell own = cell;
        SplitRows(rows, gates.Columns, (start, count) =>
            SlopeUnits(own, layer, null, start, start + count, 0, layer.Units));
        AddSequences(dWeights, perRow.View);
    }

    public override void Reset<TCell>(in TCell cell, View gates, View h, View to)
    {
        float* z = Reals(gates);
        float* source = Reals(h);
        float* destination = Reals(to);
        int columns = gates.Columns;
        int units = h.Columns;
        TCell own = cell;
        SplitRows(h.Rows, units, (start, count) =>
            ResetRows(own, z + start * columns, columns, source + start * units, destination + start * units, count, units));
    }

    public override void ResetSlope<TCell>(in TCell cell, View gates, View h, View gradient, View dh)
    {
        float* z = Reals(gates);
        float* source = Reals(h);
        float* d = Reals(gradient);
        float* destination = Reals(dh);
        int columns = gates.Columns;
        int units = h.Columns;
        TCell own = cell;
        SplitRows(h.Rows, units, (start, count) => ResetSlopeRows(
            own, z + start * columns, columns, source + start * units, d + start * units, destination + start * units, null, count, units));
    }

    public override void ShowCell<TCell>(in TCell cell, View gates, View normalized, View h)
    {
        float* z = Reals(gates);
        float* source = Reals(normalized);
        float* destination = Reals(h);
        int columns = gates.Columns;
        int units = h.Columns;
        TCell own = cell;
        SplitRows(h.Rows, units, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
                ShowRow(own, z + row * columns, source + row * units, destination + row * units, units);
        });
    }

    public override void ShowCellSlope<TCell>(in TCell cell, View gates, View normalized, View gradient, View dNormalized)
    {
        float* z = Reals(gates);
        float* source = Reals(normalized);
        float* d = Reals(gradient);
        float* destination = Reals(dNormalized);
        int columns = gates.Columns;
        int units = gradient.Columns;
        TCell own = cell;
        SplitRows(gradient.Rows, units, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
                ShowRowSlope(own, z + row * columns, source + row * units, d + row * units, destination + row * units, units);
        });
    }

    public override void KeepOld(View to, View keep, View old)
    {
        float* destination = Reals(to);
        float* share = Reals(keep);
        float* source = Reals(old);
        Split(to.Count, Width, ElementsWorthAFork, (start, count) => KeepOldRow(destination + start, share + start, source + start, count));
    }

    public override void KeepOldSlope(View gradient, View keep, View dOld)
    {
        float* d = Reals(gradient);
        float* share = Reals(keep);
        float* destination = Reals(dOld);
        Split(gradient.Count, Width, ElementsWorthAFork, (start, count) =>
            KeepOldSlopeRow(d + start, share + start, destination + start, count));
    }

    // Rows that lie one after the other, states and all.
    private static Layer RowsOf(View gates, int units, (View H, View C) before, View weights) => new()
    {
        Batch = gates.Rows,
        Units = units,
        Features = units,
        Columns = gates.Columns,
        Gates = Reals(gates),
        HBefore = Reals(before.H),
        CBefore = Reals(before.C),
        UnitWeights = Reals(weights),
    };

    // The cell on some units of some rows. Their sums lie in the gates or elsewhere: from one row, and from one gate, to the next.
    [MethodImpl(Hot)]
    private static void StepUnits<TCell>(
        in TCell cell, in Layer layer, float* sums, long sumsRow, long sumsGate, long first, long end, long firstUnit, long endUnit)
        where TCell : struct, ICell<TCell>
    {
        long units = layer.Units;
        bool readsHidden = !layer.IsProjected && layer.HBefore is not null;
        for (long row = first; row < end; row++, sums += sumsRow)
        {
            float* z = layer.Gates + row * layer.Columns;
            long before = layer.BeforeOf(row) * units;
            long after = layer.AfterOf(row) * units;
            float* put = layer.IsProjected ? layer.Unprojected + row * units : layer.HAfter + after;
            for (long unit = firstUnit; unit < endUnit; unit += Width)
            {
                long left = endUnit - unit;
                Gates<TLanes> given = LoadGates<TCell>(sums + (unit - firstUnit), sumsGate, left);
                Gates<TLanes> gates = given;
                UnitWeights<TLanes> weights = LoadWeights<TCell>(layer.UnitWeights, unit, units, left);
                States<TLanes> states;
                states.H = readsHidden ? LaneReduction.Load<TLanes>(layer.HBefore + before + unit, left) : default;
                states.C = CellSizes<TCell>.HasCell ? LaneReduction.Load<TLanes>(layer.CBefore + before + unit, left) : default;
                cell.Step(ref gates, ref states, weights);
                if (TCell.KeepsActivations)
                    StoreGates<TCell>(gates, z + unit, units, left);
                else if (sums != z)
                    StoreGates<TCell>(given, z + unit, units, left);
                LaneReduction.Store(states.H, put + unit, left);
                if (CellSizes<TCell>.HasCell)
                    LaneReduction.Store(states.C, layer.CAfter + after + unit, left);
            }
        }
    }

    // The gradient of what the cell put out is given packed, or lies in the trajectory's gradient; where the cell state is normalised it is gone.
    [MethodImpl(Hot)]
    private static void SlopeUnits<TCell>(
        in TCell cell, in Layer layer, float* dPut, long first, long end, long firstUnit, long endUnit)
        where TCell : struct, ICell<TCell>
    {
        long units = layer.Units;
        bool readsHidden = !layer.IsProjected && layer.HBefore is not null;
        bool writesHidden = !layer.IsProjected && layer.DHBefore is not null;

        // Of a normalised cell state, or where the caller says that there is none.
        bool isGone = layer.CellGain is not null || dPut is null && layer.DHAfter is null;
        for (long row = first; row < end; row++)
        {
            float* z = layer.Gates + row * layer.Columns;
            long before = layer.BeforeOf(row) * units;
            long after = layer.AfterOf(row) * units;
            float* dcAfter = CellSizes<TCell>.HasCell ? layer.DCAfterOf(row) : null;
            float* dcBefore = CellSizes<TCell>.HasCell ? layer.DCBeforeOf(row) : null;
            float* dh = dPut is null ? layer.DHAfter + after : dPut + (row - first) * units;
            float* dWeights = layer.DUnitWeights is null
                ? null
                : layer.DUnitWeights + layer.SequenceOf(row) * TCell.WeightCount * units;
            for (long unit = firstUnit; unit < endUnit; unit += Width)
            {
                long left = endUnit - unit;
                Gates<TLanes> kept = LoadGates<TCell>(z + unit, units, left);
                UnitWeights<TLanes> weights = LoadWeights<TCell>(layer.UnitWeights, unit, units, left);
                UnitWeights<TLanes> weightGradient = default;
                States<TLanes> states;
                states.H = readsHidden ? LaneReduction.Load<TLanes>(layer.HBefore + before + unit, left) : default;
                states.C = CellSizes<TCell>.HasCell ? LaneReduction.Load<TLanes>(layer.CBefore + before + unit, left) : default;
                States<TLanes> gradient;
                gradient.H = isGone ? default : LaneReduction.Load<TLanes>(dh + unit, left);
                gradient.C = CellSizes<TCell>.HasCell ? LaneReduction.Load<TLanes>(dcAfter + unit, left) : default;
                TCell.Slope(cell, ref kept, states, weights, ref gradient, ref weightGradient);
                StoreGates<TCell>(kept, z + unit, units, left);
                if (writesHidden)
                    AddLanes(layer.DHBefore + before + unit, gradient.H, left);
                if (CellSizes<TCell>.HasCell && dcBefore == dcAfter)
                    LaneReduction.Store(gradient.C, dcBefore + unit, left);
                else if (CellSizes<TCell>.HasCell)
                    AddLanes(dcBefore + unit, gradient.C, left);
                if (dWeights is not null)
                    AddWeights<TCell>(dWeights + unit, weightGradient, units, left);
            }
        }
    }

    [MethodImpl(Hot)]
    private static void ResetRows<TCell>(in TCell cell, float* gates, long columns, float* h, float* to, long rows, long units)
        where TCell : struct, ICell<TCell>
    {
        for (long row = 0; row < rows; row++)
        {
            float* z = gates + row * columns;
            for (long unit = 0; unit < units; unit += Width)
            {
                long left = units - unit;
                long at = row * units + unit;
                TLanes reset = TCell.Reset(cell, LaneReduction.Load<TLanes>(z + unit, left));
                LaneReduction.Store(reset, z + unit, left);
                LaneReduction.Store(reset * LaneReduction.Load<TLanes>(h + at, left), to + at, left);
            }
        }
    }

    // Notes r h, which the weight's gradient needs, before r is gone.
    [MethodImpl(Hot)]
    private static void ResetSlopeRows<TCell>(
        in TCell cell, float* gates, long columns, float* h, float* gradient, float* dh, float* resetOperands, long rows, long units)
        where TCell : struct, ICell<TCell>
    {
        for (long row = 0; row < rows; row++)
        {
            float* z = gates + row * columns;
            for (long unit = 0; unit < units; unit += Width)
            {
                long left = units - unit;
                long at = row * units + unit;
                TLanes reset = LaneReduction.Load<TLanes>(z + unit, left);
                TLanes hidden = LaneReduction.Load<TLanes>(h + at, left);
                TLanes d = LaneReduction.Load<TLanes>(gradient + at, left);
                AddLanes(dh + at, d * reset, left);
                LaneReduction.Store(d * hidden * TCell.ResetSlope(cell, reset), z + unit, left);
                if (resetOperands is not null)
                    LaneReduction.Store(reset * hidden, resetOperands + at, left);
            }
        }
    }

    [MethodImpl(Hot)]
    private static void ShowRow<TCell>(in TCell cell, float* z, float* normalized, float* h, long units)
        where TCell : struct, ICell<TCell>
    {
        for (long unit = 0; unit < units; unit += Width)
        {
            long left = units - unit;
            Gates<TLanes> kept = LoadGates<TCell>(z + unit, units, left);
            LaneReduction.Store(TCell.Output(cell, kept, LaneReduction.Load<TLanes>(normalized + unit, left)), h + unit, left);
        }
    }

    [MethodImpl(Hot)]
    private static void ShowRowSlope<TCell>(in TCell cell, float* z, float* normalized, float* gradient, float* dNormalized, long units)
        where TCell : struct, ICell<TCell>
    {
        for (long unit = 0; unit < units; unit += Width)
        {
            long left = units - unit;
            Gates<TLanes> kept = LoadGates<TCell>(z + unit, units, left);
            TLanes d = TCell.OutputSlope(
                cell, ref kept, LaneReduction.Load<TLanes>(normalized + unit, left), LaneReduction.Load<TLanes>(gradient + unit, left));
            StoreGates<TCell>(kept, z + unit, units, left);
            LaneReduction.Store(d, dNormalized + unit, left);
        }
    }
}
