using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>
/// Recurrent layers, forward. The product with the recurrent weight runs sixteen units at a time, all gate columns of them together, and the
/// cell follows at once while their sums are in the first-level cache. Where sums are normalised or reset first, whole rows of them are made, and
/// the cell follows row by row. What the options mean says <see cref="StepwiseRecurrence{TCell}"/>.
/// </content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    public override void Recur<TCell>(in TCell cell, in RecurrentViews views)
    {
        if (RunsStepwise)
        {
            base.Recur(cell, views);
            return;
        }

        Layer layer = LayerOf<TCell>(views, default);
        bool fuses = !views.RecurrentGain.Exists && !TCell.ResetsBefore;
        Paths.Note(
            "recurrent step",
            views.Batch,
            views.Units,
            fuses ? "product and cell fused" : "whole rows of sums, then the cell: they are normalised, or reset before the product");
        layer.Format = FormatOf(views.Weight);
        layer.ProjectionFormat = FormatOf(views.Projection);
        using var packs = new PackedOperands(this);
        if (fuses)
            layer.PackedWeight = packs.Of(views.Weight, PackKind.Gates, CellSizes<TCell>.Recurrent);
        else
            PackParts<TCell>(packs, views, ref layer, PackKind.Transposed);
        if (views.Projection.Exists)
            layer.PackedProjection = packs.Of(views.Projection, PackKind.Transposed);

        // Room for the operand of the product, for what a reset makes of it or for hidden states before they are put in place, and for rows as
        // narrow weights want them.
        bool looksAlongRows = !fuses || views.Projection.Exists || views.CellGain.Exists;
        long room = (long)views.Batch * (views.Features + views.Units)
            + Math.Max(
                RoomOfPrepared(layer.Format, views.Batch, Math.Max(views.Features, views.Units)),
                RoomOfPrepared(layer.ProjectionFormat, views.Batch, views.Units));
        TCell own = cell;
        RunParts(views, looksAlongRows, room, part =>
        {
            for (int k = 0; k < layer.Steps; k++)
            {
                (long first, long end) = part.RowsOf(layer, k);
                ForwardStep(own, layer, part, fuses, first, end);
                part.EndStage();
            }
        });
    }

    // One time step of some rows.
    [MethodImpl(Hot)]
    private static void ForwardStep<TCell>(in TCell cell, in Layer layer, in Part part, bool fuses, long first, long end)
        where TCell : struct, ICell<TCell>
    {
        if (first == end)
            return;
        float* operand = Operand(layer, part.Room, first, end);
        float* prepared = part.Room + layer.Batch * (layer.Features + layer.Units);
        if (fuses)
        {
            ForwardGates(cell, layer, part, operand, prepared, first, end);
        }
        else
        {
            if (layer.Tokens is not null)
                GatherSums(layer, first, end);
            AddRecurrentSums(cell, layer, operand, part.Room + layer.Batch * layer.Features, prepared, first, end);
            StepUnits(cell, layer, layer.Gates + first * layer.Columns, layer.Columns, layer.Units, first, end, 0, layer.Units);
        }

        if (layer.CellGain is not null)
            ShowCells(cell, layer, first, end);
        if (layer.IsProjected)
            Project(layer, part.Room, prepared, first, end);
        if (layer.HiddenKeep is not null)
            KeepOldRows(layer.HAfter, layer.HBefore, layer.HiddenKeep, layer.Features, layer, part, first, end);
        if (layer.CellKeep is not null)
            KeepOldRows(layer.CAfter, layer.CBefore, layer.CellKeep, layer.Units, layer, part, first, end);
    }

    // What the recurrent product reads, row after row: the hidden states where they lie, or a copy of them.
    private static float* Operand(in Layer layer, float* room, long first, long end)
    {
        if (layer.ReadsInPlace)
            return layer.HBefore + first * layer.Features;
        CopyOperands(layer, room, first, end);
        return room;
    }

    // Hidden states before the step, packed, times their factors.
    private static void CopyOperands(in Layer layer, float* to, long first, long end)
    {
        long features = layer.Features;
        for (long row = first; row < end; row++, to += features)
        {
            float* h = layer.HBefore + layer.BeforeOf(row) * features;
            if (layer.Factors is null)
                new ReadOnlySpan<float>(h, (int)features).CopyTo(new(to, (int)features));
            else
                MultiplyRow(to, h, layer.Factors + layer.SequenceOf(row) * features, features);
        }
    }

    // All units of some rows.
    [MethodImpl(Hot)]
    private static void ForwardGates<TCell>(
        in TCell cell, in Layer layer, in Part part, float* operand, float* prepared, long first, long end)
        where TCell : struct, ICell<TCell>
    {
        switch (layer.Format)
        {
            case WeightFormat.BFloat16:
                ForwardNarrow<TCell, BFloat16Weights<TLanes>>(cell, layer, part, operand, prepared, first, end);
                break;
            case WeightFormat.Int8:
                ForwardNarrow<TCell, Int8Weights<TLanes>>(cell, layer, part, operand, prepared, first, end);
                break;
            default:
                for (long unit = part.FirstUnit; unit < part.EndUnit; unit += Width)
                    ForwardUnits(cell, layer, operand, first, end, unit);
                break;
        }
    }

    // Sixteen units of some rows: a tile of rows after the other gets its sums, in memory that stays in the first-level cache, and the cell on them.
    [MethodImpl(Hot)]
    private static void ForwardUnits<TCell>(in TCell cell, in Layer layer, float* operand, long first, long end, long unit)
        where TCell : struct, ICell<TCell>
    {
        int gateCount = CellSizes<TCell>.Recurrent;
        long features = layer.Features;
        int valid = (int)Math.Min(Width, layer.Units - unit);
        float* panel = layer.PackedWeight + unit * gateCount * features;
        int together = TLanes.PanelVectors >= gateCount ? gateCount : 1;
        nint sumsRow = CellSizes<TCell>.Gates * Width;
        float* room = stackalloc float[Tile<TLanes>.MaximumRows * 4 * Width + Width];
        float* sums = AlignToLine(room);
        for (long row = first; row < end;)
        {
            int count = RowsOfTile(end - row);
            float* a = operand + (row - first) * features;
            LoadSums<TCell>(layer, sums, row, count, unit, valid);
            if (layer.Tokens is null)
            {
                bool isLast = row + count == end;
                PrefetchSums<TCell>(layer, isLast ? first : row + count, end, isLast ? unit + Width : unit);
            }

            for (int gate = 0; gate < gateCount; gate += together)
            {
                float* b = panel + gate * Width * features;
                Tile<TLanes>.Multiply(
                    count, together, features, a, (nint)features, 1, b, together * Width, sums + gate * Width, sumsRow, Width,
                    sums + gate * Width, sumsRow);
            }

            StepUnits(cell, layer, sums, sumsRow, Width, row, row + count, unit, unit + valid);
            row += count;
        }
    }

    [MethodImpl(Hot)]
    private static void LoadSums<TCell>(in Layer layer, float* to, long row, int rows, long unit, int valid)
        where TCell : struct, ICell<TCell>
    {
        for (int k = 0; k < rows; k++)
        {
            float* from = layer.SumsOf(row + k) + unit;
            for (int gate = 0; gate < CellSizes<TCell>.Gates; gate++, to += Width)
                LaneReduction.Load<TLanes>(from + gate * layer.Units, valid).Store(to);
        }
    }

    // The sums that the next tile begins with, while this one is multiplied: they lie far apart.
    [MethodImpl(Hot)]
    private static void PrefetchSums<TCell>(in Layer layer, long row, long end, long unit)
        where TCell : struct, ICell<TCell>
    {
        end = Math.Min(end, row + Tile<TLanes>.MaximumRows);
        for (; row < end; row++)
            Prefetch.NearRows(layer.Sums + row * layer.Columns + unit, layer.Units, CellSizes<TCell>.Gates, Width);
    }

    private static void GatherSums(in Layer layer, long first, long end)
    {
        int columns = (int)layer.Columns;
        for (long row = first; row < end; row++)
            new ReadOnlySpan<float>(layer.SumsOf(row), columns).CopyTo(new(layer.Gates + row * columns, columns));
    }

    // The product of whole rows, in two parts if a reset gate acts in between, each normalised if asked for.
    private static void AddRecurrentSums<TCell>(
        in TCell cell, in Layer layer, float* operand, float* resetOperand, float* prepared, long first, long end)
        where TCell : struct, ICell<TCell>
    {
        long before = TCell.ResetsBefore ? layer.RecurrentColumns - layer.Units : layer.RecurrentColumns;
        AddSums(layer, operand, layer.PackedWeight, 0, before, layer.Scales, prepared, first, end);
        if (!TCell.ResetsBefore)
            return;
        ResetRows(cell, layer.Gates + first * layer.Columns, layer.Columns, operand, resetOperand, end - first, layer.Units);
        float* scales = layer.Scales is null ? null : layer.Scales + layer.Rows;
        AddSums(layer, resetOperand, layer.PackedResetWeight, before, layer.Units, scales, prepared, first, end);
    }

    private static void AddSums(
        in Layer layer, float* operand, float* packed, long column, long columns, float* scales, float* prepared, long first, long end)
    {
        bool normalizes = layer.Gain is not null;
        float* gates = layer.Gates + column;
        float* normalized = normalizes ? layer.Normalized + column : null;
        var product = new Product
        {
            Rows = end - first,
            Columns = columns,
            Depth = layer.Features,
            A = operand,
            ARow = layer.Features,
            PackedB = packed,
            C = normalizes ? normalized + first * layer.RecurrentColumns : gates + first * layer.Columns,
            CRow = normalizes ? layer.RecurrentColumns : layer.Columns,
            Adds = !normalizes,
            Format = layer.Format,
        };
        MultiplyBlock(product, 0, product.Rows, 0, columns, prepared, 0);
        if (!normalizes)
            return;
        for (long row = first; row < end; row++)
        {
            float* unit = normalized + row * layer.RecurrentColumns;
            scales[row] = CenterAndScaleRow(unit, unit, (int)columns, layer.Epsilon);
            AddProductRow(gates + row * layer.Columns, unit, layer.Gain + column, columns);
        }
    }

    private static void ShowCells<TCell>(in TCell cell, in Layer layer, long first, long end)
        where TCell : struct, ICell<TCell>
    {
        long units = layer.Units;
        for (long row = first; row < end; row++)
        {
            float* shown = layer.ShownCells + row * units;
            float* put = layer.IsProjected ? layer.Unprojected + row * units : layer.HAfter + layer.AfterOf(row) * units;
            layer.CellScales[row] = NormalizeRow(
                shown,
                layer.NormalizedCells + row * units,
                layer.CAfter + layer.AfterOf(row) * units,
                layer.CellGain,
                layer.CellShift,
                (int)units,
                layer.Epsilon);
            ShowRow(cell, layer.Gates + row * layer.Columns, shown, put, units);
        }
    }

    private static void Project(in Layer layer, float* room, float* prepared, long first, long end)
    {
        long features = layer.Features;
        bool inPlace = layer.After is null;
        var product = new Product
        {
            Rows = end - first,
            Columns = features,
            Depth = layer.Units,
            A = layer.Unprojected + first * layer.Units,
            ARow = layer.Units,
            PackedB = layer.PackedProjection,
            C = inPlace ? layer.HAfter + first * features : room,
            CRow = features,
            Format = layer.ProjectionFormat,
        };
        MultiplyBlock(product, 0, product.Rows, 0, features, prepared, 0);
        if (inPlace)
            return;
        for (long row = first; row < end; row++, room += features)
            new ReadOnlySpan<float>(room, (int)features).CopyTo(new(layer.HAfter + layer.AfterOf(row) * features, (int)features));
    }

    private static void KeepOldRows(
        float* after, float* before, float* keep, long columns, in Layer layer, in Part part, long first, long end)
    {
        // Without a projection a part may own some units only; with one it owns all columns.
        long start = layer.IsProjected ? 0 : part.FirstUnit;
        long count = layer.IsProjected ? columns : part.EndUnit - part.FirstUnit;
        for (long row = first; row < end; row++)
        {
            KeepOldRow(
                after + layer.AfterOf(row) * columns + start,
                keep + row * columns + start,
                before + layer.BeforeOf(row) * columns + start,
                count);
        }
    }

    // The recurrent weight, packed for whole rows of sums: in one part, or in those before and after the reset.
    private static void PackParts<TCell>(in PackedOperands packs, in RecurrentViews views, ref Layer layer, PackKind kind)
        where TCell : struct, ICell<TCell>
    {
        if (!TCell.ResetsBefore)
        {
            layer.PackedWeight = packs.Of(views.Weight, kind);
            return;
        }

        int before = views.Weight.Shape[0] - views.Units;
        layer.PackedWeight = packs.Of(views.Weight.Range(0, before), kind);
        layer.PackedResetWeight = packs.Of(views.Weight.Range(before, views.Units), kind);
    }
}
