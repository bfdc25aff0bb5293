namespace MiniLstm.Engine;

/// <content>
/// Products whose right operand is a kept weight in a narrow form. Rows of the left operand are prepared some at a time; then one panel of the weight
/// after the other runs down them.
/// </content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    private const int GroupsOfPanel = 4;
    private const int ColumnsOfPanel = GroupsOfPanel * Width;

    private const int MaximumNarrowRows = 4;

    // So many rows are prepared at a time.
    private const int PreparedRows = 64;

    // How products read an operand: kept weights in the form of this backend, all else in float32.
    private WeightFormat FormatOf(View weight) => PackedWeights.IsWorthKeeping(weight) ? Weights : WeightFormat.Float32;

    // Floats for some prepared rows and their scales.
    private static long RoomOfPrepared(WeightFormat format, long rows, long depth) =>
        format == WeightFormat.Float32 ? 0 : RoundUp(rows, Width) + rows * RoundUp(depth, Width);

    // Rows of the left operand as a format wants them: their scales in the first floats of the room, the rows behind them.
    private static NarrowProduct Prepare<TFormat>(float* room, float* rows, long rowStride, long count, long depth)
        where TFormat : struct, IWeightFormat<TLanes>
    {
        byte* prepared = (byte*)(room + RoundUp(count, Width));
        nint stride = (nint)RoundUp(depth, Width) * TFormat.ElementBytes;
        for (long row = 0; row < count; row++)
            room[row] = TFormat.PrepareRow(prepared + row * stride, rows + row * rowStride, depth);
        return new() { Pairs = (depth + 1) / 2, A = prepared, ARow = stride, RowScales = room };
    }

    // As MultiplyBlock, for a narrow weight.
    private static void MultiplyNarrowBlock(
        in Product product, long firstRow, long endRow, long firstColumn, long endColumn, float* room)
    {
        if (product.Format == WeightFormat.BFloat16)
            MultiplyNarrowBlock<BFloat16Weights<TLanes>>(product, firstRow, endRow, firstColumn, endColumn, room);
        else
            MultiplyNarrowBlock<Int8Weights<TLanes>>(product, firstRow, endRow, firstColumn, endColumn, room);
    }

    private static void MultiplyNarrowBlock<TFormat>(
        in Product product, long firstRow, long endRow, long firstColumn, long endColumn, float* room)
        where TFormat : struct, IWeightFormat<TLanes>
    {
        long allGroups = (product.Columns + Width - 1) / Width;
        for (long row = firstRow; row < endRow; row += PreparedRows)
        {
            long count = Math.Min(PreparedRows, endRow - row);
            NarrowProduct part = Prepare<TFormat>(room, product.A + row * product.ARow, product.ARow, count, product.Depth);
            part.CRow = (nint)product.CRow;
            part.CGroup = Width;
            part.Adds = product.Adds;
            for (long group = firstColumn / Width; group * Width < endColumn;)
            {
                // A part of a thread may begin and end in the middle of a panel.
                long firstOfPanel = group / GroupsOfPanel * GroupsOfPanel;
                int panelGroups = (int)Math.Min(GroupsOfPanel, allGroups - firstOfPanel);
                int groups = (int)Math.Min(firstOfPanel + panelGroups, (endColumn + Width - 1) / Width) - (int)group;
                SetWeights<TFormat>(ref part, product.PackedB, allGroups, firstOfPanel, panelGroups, (int)(group - firstOfPanel));
                part.C = product.C + row * product.CRow + group * Width;
                int lastWidth = (int)Math.Min(Width, product.Columns - (group + groups - 1) * Width);
                MultiplyNarrowRows<TFormat>(part, count, groups, lastWidth);
                group += groups;
            }
        }
    }

    // All units of some rows of a recurrent layer, as ForwardUnits has them.
    private static void ForwardNarrow<TCell, TFormat>(
        in TCell cell, in Layer layer, in Part part, float* operand, float* prepared, long first, long end)
        where TCell : struct, ICell<TCell>
        where TFormat : struct, IWeightFormat<TLanes>
    {
        int gateCount = CellSizes<TCell>.Recurrent;
        int sumsRow = CellSizes<TCell>.Gates * Width;
        long allGroups = (layer.Units + Width - 1) / Width * gateCount;
        float* room = stackalloc float[MaximumNarrowRows * 4 * Width + Width];
        float* sums = AlignToLine(room);
        NarrowProduct product = Prepare<TFormat>(prepared, operand, layer.Features, end - first, layer.Features);
        product.C = sums;
        product.CRow = sumsRow;
        product.CGroup = Width;
        product.Adds = true;
        for (long unit = part.FirstUnit; unit < part.EndUnit; unit += Width)
        {
            int valid = (int)Math.Min(Width, layer.Units - unit);
            SetWeights<TFormat>(ref product, layer.PackedWeight, allGroups, unit / Width * gateCount, gateCount, 0);
            NarrowProduct tile = product;
            for (long row = first; row < end;)
            {
                int count = NarrowRows(end - row);
                LoadSums<TCell>(layer, sums, row, count, unit, valid);
                MultiplyNarrowRows<TFormat>(tile, count, gateCount, Width);
                StepUnits(cell, layer, sums, sumsRow, Width, row, row + count, unit, unit + valid);
                tile.A += count * tile.ARow;
                tile.RowScales += count;
                row += count;
            }
        }
    }

    // Rows of a tile: four, or one after the other.
    private static int NarrowRows(long left) => left >= MaximumNarrowRows ? MaximumNarrowRows : 1;

    // Where a panel, or the later groups of it, lies in a packed weight.
    private static void SetWeights<TFormat>(
        ref NarrowProduct part, float* packed, long allGroups, long firstOfPanel, int panelGroups, int skipped)
        where TFormat : struct, IWeightFormat<TLanes>
    {
        int groupBytes = 2 * Width * TFormat.WeightBytes;
        part.ColumnScales = packed + (firstOfPanel + skipped) * Width;
        part.B = (byte*)(packed + allGroups * Width) + firstOfPanel * part.Pairs * groupBytes + skipped * groupBytes;
        part.BPair = panelGroups * groupBytes;
    }

    // Some groups of one panel down all rows.
    private static void MultiplyNarrowRows<TFormat>(NarrowProduct part, long rows, int groups, int lastWidth)
        where TFormat : struct, IWeightFormat<TLanes>
    {
        while (rows > 0)
        {
            int count = NarrowRows(rows);

            // One row of four groups fits the registers of all machines, four rows of them those with the widest vectors.
            int together = count == 1 ? groups : Math.Min(groups, TLanes.PanelVectors);
            for (int group = 0; group < groups; group += together)
            {
                int now = Math.Min(together, groups - group);
                NarrowProduct tile = part;
                tile.B += group * 2 * Width * TFormat.WeightBytes;
                tile.ColumnScales += group * Width;
                tile.C += group * part.CGroup;
                if (group + now < groups || lastWidth == Width)
                    NarrowTile<TLanes, TFormat>.Multiply(count, now, tile);
                else
                    MultiplyPartialTile<TFormat>(tile, count, now, (now - 1) * Width + lastWidth);
            }

            part.A += count * part.ARow;
            part.C += count * part.CRow;
            part.RowScales += count;
            rows -= count;
        }
    }

    // Columns that do not fill their vectors go through a tile of its own.
    private static void MultiplyPartialTile<TFormat>(NarrowProduct part, int rows, int groups, int width)
        where TFormat : struct, IWeightFormat<TLanes>
    {
        float* room = stackalloc float[MaximumNarrowRows * ColumnsOfPanel + Width];
        float* tile = AlignToLine(room);
        NarrowProduct whole = part;
        whole.C = tile;
        whole.CRow = ColumnsOfPanel;
        for (int row = 0; part.Adds && row < rows; row++)
            CopyRow(tile + row * ColumnsOfPanel, part.C + row * part.CRow, width, ColumnsOfPanel);
        NarrowTile<TLanes, TFormat>.Multiply(rows, groups, whole);
        for (int row = 0; row < rows; row++)
            CopyRow(part.C + row * part.CRow, tile + row * ColumnsOfPanel, width, width);
    }

    // Floats that a packed weight takes: a scale for each column, and the weights.
    private static long NarrowCount(View weight, PackKind kind, int gates, WeightFormat format)
    {
        long groups = NarrowGroups(weight, kind, gates);
        long depth = kind == PackKind.Plain ? weight.Rows : weight.Columns;
        long bytes = format == WeightFormat.BFloat16 ? sizeof(ushort) : sizeof(sbyte);
        return groups * Width + RoundUp(groups * Width * RoundUp(depth, 2) * bytes / sizeof(float), Width);
    }

    private static long NarrowGroups(View weight, PackKind kind, int gates)
    {
        long columns = kind == PackKind.Plain ? weight.Columns : weight.Rows;
        return (columns / gates + Width - 1) / Width * gates;
    }

    private void PackNarrow(float* to, View weight, PackKind kind, int gates, WeightFormat format)
    {
        if (format == WeightFormat.BFloat16)
            PackNarrow<BFloat16Weights<TLanes>>(to, weight, kind, gates);
        else
            PackNarrow<Int8Weights<TLanes>>(to, weight, kind, gates);
    }

    private void PackNarrow<TFormat>(float* to, View weight, PackKind kind, int gates)
        where TFormat : struct, IWeightFormat<TLanes>
    {
        float* source = Reals(weight);
        bool transposed = kind != PackKind.Plain;
        long depth = transposed ? weight.Columns : weight.Rows;
        long units = (transposed ? weight.Rows : weight.Columns) / gates;
        long columnStep = transposed ? weight.Columns : 1;
        long depthStep = transposed ? 1 : weight.Columns;
        long allGroups = NarrowGroups(weight, kind, gates);
        long groupsOfPanel = kind == PackKind.Gates ? gates : GroupsOfPanel;
        Split(allGroups, 1, Math.Max(1, ElementsWorthAFork / (depth * Width)), (start, count) =>
        {
            NarrowProduct part = new() { Pairs = (depth + 1) / 2 };
            for (long group = start; group < start + count; group++)
            {
                long firstOfPanel = group / groupsOfPanel * groupsOfPanel;
                int place = (int)(group - firstOfPanel);
                SetWeights<TFormat>(ref part, to, allGroups, firstOfPanel, (int)Math.Min(groupsOfPanel, allGroups - firstOfPanel), place);
                long unit = kind == PackKind.Gates ? group / gates * Width : group * Width;
                long gate = kind == PackKind.Gates ? place : 0;
                for (int j = 0; j < Width; j++)
                {
                    bool exists = unit + j < units;
                    float* column = exists ? source + (gate * units + unit + j) * columnStep : null;
                    PackColumn<TFormat>(part, j, column, depthStep, depth);
                }
            }
        });
    }

    private static void PackColumn<TFormat>(in NarrowProduct part, int place, float* column, long step, long depth)
        where TFormat : struct, IWeightFormat<TLanes>
    {
        float greatest = 0;
        for (long k = 0; column is not null && k < depth; k++)
            greatest = MathF.Max(greatest, MathF.Abs(column[k * step]));
        float scale = TFormat.ScaleOf(greatest);
        part.ColumnScales[place] = scale;
        for (long k = 0; k < 2 * part.Pairs; k++)
        {
            float weight = column is not null && k < depth ? column[k * step] : 0;
            TFormat.Write(part.B + k / 2 * part.BPair + (2 * place + k % 2) * TFormat.WeightBytes, weight, scale);
        }
    }
}
