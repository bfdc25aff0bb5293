using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>
/// Recurrent layers, back through time. A step turns its gates into the gradients of their sums and carries dh and dc back by one; what weights
/// receive are large products over all steps, afterwards.
/// </content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    public override void RecurSlope<TCell>(in TCell cell, in RecurrentViews views, in RecurrentGradients gradients)
    {
        if (RunsStepwise)
        {
            base.RecurSlope(cell, views, gradients);
            return;
        }

        Layer layer = LayerOf<TCell>(views, gradients);
        using var packs = new PackedOperands(this);
        PackParts<TCell>(packs, views, ref layer, PackKind.Plain);
        if (views.Projection.Exists)
            layer.PackedProjection = packs.Of(views.Projection, PackKind.Plain);

        int batch = views.Batch;
        using Scratch weights = PerSequence(gradients.UnitWeights, batch, out layer.DUnitWeights);
        using Scratch gain = PerSequence(gradients.RecurrentGain, batch, out layer.DGain);
        using Scratch cellGain = PerSequence(gradients.CellGain, batch, out layer.DCellGain);
        using Scratch cellShift = PerSequence(gradients.CellShift, batch, out layer.DCellShift);
        using Scratch resetOperands = TCell.ResetsBefore
            ? Pool.Scratch([checked((int)views.Count), views.Units], "operands of the reset product")
            : default;
        layer.ResetOperands = Reals(resetOperands.View);

        bool looksAlongRows = views.RecurrentGain.Exists || TCell.ResetsBefore || views.Projection.Exists || views.CellGain.Exists;
        long room = (long)batch * (2L * views.Features + views.Units);
        TCell own = cell;
        RunParts(views, looksAlongRows, room, part =>
        {
            for (int k = layer.Steps - 1; k >= 0; k--)
            {
                (long first, long end) = part.RowsOf(layer, k);
                BackwardCell(own, layer, part, first, end);
                part.EndStage();
                BackwardProduct(own, layer, part, first, end);
            }
        });

        AddSequences(gradients.UnitWeights, weights.View);
        AddSequences(gradients.RecurrentGain, gain.View);
        AddSequences(gradients.CellGain, cellGain.View);
        AddSequences(gradients.CellShift, cellShift.View);
        AddWeightGradients<TCell>(layer, views, gradients);
    }

    // The gates of a step become the gradients of their sums.
    [MethodImpl(Hot)]
    private static void BackwardCell<TCell>(in TCell cell, in Layer layer, in Part part, long first, long end)
        where TCell : struct, ICell<TCell>
    {
        if (first == end)
            return;
        if (layer.CellKeep is not null)
            KeepOldSlopeRows(layer.DCAfter, layer.DCBefore, layer.CellKeep, layer.Units, layer, part, first, end);
        if (layer.HiddenKeep is not null)
            KeepOldSlopeRows(layer.DHAfter, layer.DHBefore, layer.HiddenKeep, layer.Features, layer, part, first, end);

        float* dPut = null;
        if (layer.IsProjected)
        {
            dPut = part.Room + 2 * layer.Batch * layer.Features;
            BackThroughProjection(layer, part.Room, dPut, first, end);
        }

        if (layer.CellGain is not null)
            BackThroughShownCells(cell, layer, dPut, first, end);
        SlopeUnits(cell, layer, dPut, first, end, part.FirstUnit, part.EndUnit);
    }

    private static void BackThroughProjection(in Layer layer, float* room, float* dPut, long first, long end)
    {
        long features = layer.Features;
        float* dh = layer.DHAfter + first * features;
        if (layer.After is not null)
        {
            dh = room;
            for (long row = first; row < end; row++)
                new ReadOnlySpan<float>(layer.DHAfter + layer.AfterOf(row) * features, (int)features)
                    .CopyTo(new(dh + (row - first) * features, (int)features));
        }

        var product = new Product
        {
            Rows = end - first,
            Columns = layer.Units,
            Depth = features,
            A = dh,
            ARow = features,
            PackedB = layer.PackedProjection,
            C = dPut,
            CRow = layer.Units,
        };
        MultiplyBlock(product, 0, product.Rows, 0, layer.Units, null, 0);
    }

    private static void BackThroughShownCells<TCell>(in TCell cell, in Layer layer, float* dPut, long first, long end)
        where TCell : struct, ICell<TCell>
    {
        long units = layer.Units;
        for (long row = first; row < end; row++)
        {
            long sequence = layer.SequenceOf(row) * units;
            float* gradient = dPut is null ? layer.DHAfter + layer.AfterOf(row) * units : dPut + (row - first) * units;
            float* normalized = layer.NormalizedCells + row * units;

            // The gradient of the shown cell state takes the place of that of the hidden state, which nothing reads any more.
            float* dShown = gradient;
            ShowRowSlope(cell, layer.Gates + row * layer.Columns, layer.ShownCells + row * units, gradient, dShown, units);
            if (layer.DCellGain is not null)
                AddProductRow(layer.DCellGain + sequence, dShown, normalized, units);
            if (layer.DCellShift is not null)
                AddRow(layer.DCellShift + sequence, dShown, units);
            NormalizeSlopeRow(
                layer.DCAfterOf(row), normalized, layer.CellScales[row], layer.CellGain, dShown, (int)units, add: true);
        }
    }

    // dh before the step += the gradients of all recurrent sums times U.
    [MethodImpl(Hot)]
    private static void BackwardProduct<TCell>(in TCell cell, in Layer layer, in Part part, long first, long end)
        where TCell : struct, ICell<TCell>
    {
        if (first == end)
            return;
        long features = layer.Features;
        float* operand = part.Room;
        float* dOperand = layer.ReadsInPlace
            ? layer.DHBefore + first * features
            : part.Room + layer.Batch * features;
        long before = TCell.ResetsBefore ? layer.RecurrentColumns - layer.Units : layer.RecurrentColumns;
        if (!layer.ReadsInPlace)
            new Span<float>(dOperand, (int)((end - first) * features)).Clear();
        if (TCell.ResetsBefore)
        {
            operand = Operand(layer, operand, first, end);
            BackThroughReset(cell, layer, operand, dOperand, part.Room + 2 * layer.Batch * features, before, first, end);
        }

        // A part of units computes the columns of its own; elsewhere units and features are the same, or the part has all.
        float* sums = GradientOfSums(layer, 0, before, layer.Scales, first, end, out long sumsRow);
        long firstColumn = layer.IsProjected ? 0 : part.FirstUnit;
        long endColumn = layer.IsProjected ? features : part.EndUnit;
        Multiply(sums, sumsRow, before, layer.PackedWeight, dOperand, features, end - first, firstColumn, endColumn, add: true);
        if (layer.ReadsInPlace)
            return;
        for (long row = first; row < end; row++)
        {
            float* to = layer.DHBefore + layer.BeforeOf(row) * features + firstColumn;
            float* from = dOperand + (row - first) * features + firstColumn;
            if (layer.Factors is null)
                AddRow(to, from, endColumn - firstColumn);
            else
                AddProductRow(to, from, layer.Factors + layer.SequenceOf(row) * features + firstColumn, endColumn - firstColumn);
        }
    }

    private static void BackThroughReset<TCell>(
        in TCell cell, in Layer layer, float* operand, float* dOperand, float* dFactor, long column, long first, long end)
        where TCell : struct, ICell<TCell>
    {
        float* scales = layer.Scales is null ? null : layer.Scales + layer.Rows;
        float* sums = GradientOfSums(layer, column, layer.Units, scales, first, end, out long sumsRow);
        Multiply(sums, sumsRow, layer.Units, layer.PackedResetWeight, dFactor, layer.Units, end - first, 0, layer.Units, add: false);
        ResetSlopeRows(
            cell,
            layer.Gates + first * layer.Columns,
            layer.Columns,
            operand,
            dFactor,
            dOperand,
            layer.ResetOperands + first * layer.Units,
            end - first,
            layer.Units);
    }

    // The gradients of the sums as the product left them: the gates', taken back through the normalisation if there is one.
    private static float* GradientOfSums(
        in Layer layer, long column, long columns, float* scales, long first, long end, out long rowLength)
    {
        rowLength = layer.Columns;
        float* gates = layer.Gates + column;
        if (layer.Gain is null)
            return gates + first * rowLength;
        rowLength = layer.RecurrentColumns;
        float* normalized = layer.Normalized + column;
        for (long row = first; row < end; row++)
        {
            float* unit = normalized + row * rowLength;
            float* dy = gates + row * layer.Columns;
            if (layer.DGain is not null)
                AddProductRow(layer.DGain + layer.SequenceOf(row) * rowLength + column, dy, unit, columns);
            NormalizeSlopeRow(unit, unit, scales[row], layer.Gain + column, dy, (int)columns, add: false);
        }

        return normalized + first * rowLength;
    }

    private static void Multiply(
        float* a, long aRow, long depth, float* packed, float* c, long cRow, long rows, long firstColumn, long endColumn, bool add)
    {
        var product = new Product
        {
            Rows = rows,
            Columns = cRow,
            Depth = depth,
            A = a,
            ARow = aRow,
            PackedB = packed,
            C = c,
            CRow = cRow,
            Adds = add,
        };
        MultiplyBlock(product, 0, rows, firstColumn, endColumn, null, 0);
    }

    private static void KeepOldSlopeRows(
        float* after, float* before, float* keep, long columns, in Layer layer, in Part part, long first, long end)
    {
        long start = layer.IsProjected ? 0 : part.FirstUnit;
        long count = layer.IsProjected ? columns : part.EndUnit - part.FirstUnit;
        for (long row = first; row < end; row++)
        {
            KeepOldSlopeRow(
                after + layer.AfterOf(row) * columns + start,
                keep + row * columns + start,
                before + layer.BeforeOf(row) * columns + start,
                count);
        }
    }

    // Zeros, one row for each sequence, if a gradient is wanted.
    private Scratch PerSequence(View gradient, int batch, out float* rows)
    {
        rows = null;
        if (!gradient.Exists)
            return default;
        Scratch scratch = Pool.Scratch([batch, checked((int)gradient.Count)], "gradient of each sequence");
        Fill(scratch.View, 0);
        rows = Reals(scratch.View);
        return scratch;
    }

    private void AddSequences(View gradient, View rows)
    {
        if (gradient.Exists)
            Sum(gradient.As([checked((int)gradient.Count)]), rows, Axis.Rows(rows.Shape), 1, add: true);
    }

    // dU += (d sums)ᵀ h and dP += dhᵀ m, over all rows at once.
    private void AddWeightGradients<TCell>(in Layer layer, in RecurrentViews views, in RecurrentGradients gradients)
        where TCell : struct, ICell<TCell>
    {
        if (views.Steps == 0)
            return;
        int rows = checked((int)views.Count);
        int features = views.Features;
        if (gradients.Weight.Exists)
        {
            using Scratch copies = layer.ReadsInPlace ? default : Pool.Scratch([rows, features], "operands of the recurrent product");
            float* operands = layer.HBefore;
            if (!layer.ReadsInPlace)
            {
                operands = Reals(copies.View);
                Layer source = layer;
                float* to = operands;
                SplitRows(rows, features, (start, count) => CopyOperands(source, to + start * source.Features, start, start + count));
            }

            bool normalizes = layer.Gain is not null;
            float* sums = normalizes ? layer.Normalized : layer.Gates;
            long sumsRow = normalizes ? layer.RecurrentColumns : layer.Columns;
            long before = TCell.ResetsBefore ? layer.RecurrentColumns - layer.Units : layer.RecurrentColumns;
            float* dWeight = Destination(gradients.Weight);
            AddTransposedProduct(dWeight, before, sums, sumsRow, operands, features, rows);
            if (TCell.ResetsBefore)
                AddTransposedProduct(dWeight + before * features, layer.Units, sums + before, sumsRow, layer.ResetOperands, features, rows);
        }

        if (!gradients.Projection.Exists)
            return;
        using Scratch packed = layer.After is null ? default : Pool.Scratch([rows, features], "gradients of hidden states");
        float* dh = layer.DHAfter;
        if (views.Rows is not null)
        {
            Gather(packed.View, gradients.H.AsMatrix(), views.Rows.After.View);
            dh = Reals(packed.View);
        }

        AddTransposedProduct(Destination(gradients.Projection), features, dh, features, layer.Unprojected, layer.Units, rows);
    }

    // C [m, n] += Aᵀ B, for A [rows, m] and B [rows, n].
    private void AddTransposedProduct(float* c, long m, float* a, long aRow, float* b, long n, long rows) => MultiplyProduct(new()
    {
        Rows = m,
        Columns = n,
        Depth = rows,
        A = a,
        ARow = aRow,
        IsATransposed = true,
        B = b,
        BRow = n,
        C = c,
        CRow = n,
        Adds = true,
    });
}
