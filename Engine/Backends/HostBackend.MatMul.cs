using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>
/// The matrix product. The right operand is packed into panels of a few vectors' width, the left one is read as it lies (or packed into
/// panels of six rows if it is transposed); a <see cref="Tile{TLanes}"/> runs down all rows. Threads share the columns or the rows of the
/// result, never the summed axis: every element is computed by one thread, in one order.
/// </content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    // So much of the summed axis at a time: a panel of 64 columns then takes 256 KB of the second-level cache.
    private const int DepthOfBlock = 1024;

    private const long MultiplicationsWorthAFork = 64 * 1024;

    private static int PanelWidth => TLanes.PanelVectors * Width;

    public override void MatMul(View c, View a, bool transposeA, View b, bool transposeB, bool add)
    {
        if (c.Shape.Rank < 3)
        {
            MultiplyMatrices(c, a, transposeA, b, transposeB, add);
            return;
        }

        for (int entry = 0; entry < c.Shape[0]; entry++)
            MultiplyMatrices(c[entry], a[entry], transposeA, b[entry], transposeB, add);
    }

    private void MultiplyMatrices(View c, View a, bool transposeA, View b, bool transposeB, bool add) => MultiplyProduct(new()
    {
        Rows = c.Rows,
        Columns = c.Columns,
        Depth = transposeA ? a.Rows : a.Columns,
        A = Reals(a),
        ARow = a.Columns,
        IsATransposed = transposeA,
        B = Reals(b),
        BRow = b.Columns,
        IsBTransposed = transposeB,
        C = Destination(c),
        CRow = c.Columns,
        Adds = add,
        PackedB = PackedWeights.IsWorthKeeping(b) ? Reals(Packed(b, transposeB ? PackKind.Transposed : PackKind.Plain)) : null,
    });

    private void MultiplyProduct(Product product)
    {
        int workers = product.Rows * product.Columns * product.Depth < MultiplicationsWorthAFork ? 1 : Workers.Count;
        (bool byColumns, long unit) = ChooseSplit(product, workers);
        long units = ((byColumns ? product.Columns : product.Rows) + unit - 1) / unit;
        workers = (int)Math.Min(workers, units);

        long panelSize = product.PackedB is null ? Math.Min(product.Depth, DepthOfBlock) * PanelWidth : 0;
        long rowsOfPart = byColumns ? product.Rows : (units + workers - 1) / workers * unit;
        long leftSize = product.IsATransposed ? Math.Min(product.Depth, DepthOfBlock) * RoundUp(rowsOfPart, Tile<TLanes>.MaximumRows) : 0;
        long roomOfWorker = RoundUp(panelSize + leftSize + Width, Width);
        using Scratch room = Pool.Scratch([workers, checked((int)(roomOfWorker / Width)), Width], "packed panels");
        float* memory = Reals(room.View);

        if (workers == 1)
        {
            MultiplyBlock(product, 0, product.Rows, 0, product.Columns, memory, panelSize);
            return;
        }

        Workers.Run(worker =>
        {
            if (worker >= workers)
                return;
            long start = units * worker / workers * unit;
            long end = units * (worker + 1) / workers * unit;
            float* own = memory + worker * roomOfWorker;
            if (byColumns)
                MultiplyBlock(product, 0, product.Rows, start, Math.Min(end, product.Columns), own, panelSize);
            else
                MultiplyBlock(product, start, Math.Min(end, product.Rows), 0, product.Columns, own, panelSize);
        });
    }

    // By columns or by rows: whichever leaves less idle. Where that is equal, so that what must be packed with more trouble is packed once:
    // by columns, or by rows if the left operand is transposed.
    private static (bool ByColumns, long Unit) ChooseSplit(in Product product, int workers)
    {
        double columns = Imbalance(product.Columns, PanelWidth, workers);
        double rows = Imbalance(product.Rows, Tile<TLanes>.MaximumRows, workers);
        if (product.Columns % PanelWidth != 0 && product.Columns < 4L * workers * PanelWidth)
            columns += 0.3;
        double preference = product.IsATransposed ? -0.15 : 0.15;
        return columns <= rows + preference ? (true, PanelWidth) : (false, Tile<TLanes>.MaximumRows);
    }

    // The longest part over the mean part.
    private static double Imbalance(long length, int unit, int workers)
    {
        long units = (length + unit - 1) / unit;
        return (double)((units + workers - 1) / workers) * unit * workers / length;
    }

    private static void MultiplyBlock(
        in Product product, long firstRow, long endRow, long firstColumn, long endColumn, float* room, long panelSize)
    {
        long blocks = (product.Depth + DepthOfBlock - 1) / DepthOfBlock;
        long depthOfBlock = RoundUp((product.Depth + blocks - 1) / blocks, Width);
        for (long k = 0; k < product.Depth; k += depthOfBlock)
        {
            long depth = Math.Min(depthOfBlock, product.Depth - k);
            bool add = product.Adds || k > 0;
            float* left = product.A + firstRow * product.ARow + k;
            if (product.IsATransposed)
            {
                left = room + panelSize;
                PackRows(left, product.A + k * product.ARow + firstRow, product.ARow, depth, endRow - firstRow);
            }

            for (long n = firstColumn; n < endColumn;)
            {
                // Panels begin at whole multiples of their width, parts of threads perhaps in the middle of one.
                long panelStart = n / PanelWidth * PanelWidth;
                int width = (int)(Math.Min(panelStart + PanelWidth, endColumn) - n);
                float* panel = room;
                int panelStep = (int)RoundUp(width, Width);
                if (product.PackedB is not null)
                {
                    // Panels of whole depth, one after the other; the last may be narrower.
                    panelStep = (int)Math.Min(PanelWidth, RoundUp(product.Columns - panelStart, Width));
                    panel = product.PackedB + panelStart * product.Depth + k * panelStep + (n - panelStart);
                }
                else
                {
                    float* b = product.IsBTransposed
                        ? product.B + n * product.BRow + k
                        : product.B + k * product.BRow + n;
                    PackPanel(panel, b, product.BRow, product.IsBTransposed, depth, width);
                }

                float* c = product.C + firstRow * product.CRow + n;
                MultiplyRows(product, left, panel, panelStep, c, endRow - firstRow, depth, width, add);
                n += width;
            }
        }
    }

    // One panel down all rows.
    private static void MultiplyRows(
        in Product product, float* left, float* panel, int panelStep, float* c, long rows, long depth, int width, bool add)
    {
        int vectors = (width + Width - 1) / Width;
        for (long row = 0; row < rows;)
        {
            int count = RowsOfTile(rows - row);
            float* a = product.IsATransposed ? left + row * depth : left + row * product.ARow;
            nint aRow = product.IsATransposed ? 1 : (nint)product.ARow;
            nint aStep = product.IsATransposed ? count : 1;
            float* destination = c + row * product.CRow;
            if (width % Width == 0)
                Tile<TLanes>.Multiply(count, vectors, depth, a, aRow, aStep, panel, panelStep, destination, (nint)product.CRow, Width, add);
            else
                MultiplyNarrow(count, vectors, depth, a, aRow, aStep, panel, panelStep, destination, product.CRow, width, add);
            row += count;
        }
    }

    // Six rows, but two times four rather than six and two: short tiles wait for their own additions.
    private static int RowsOfTile(long left) => left switch
    {
        >= 9 or 6 => 6,
        7 or 8 => 4,
        _ => (int)left,
    };

    // A last panel whose columns do not fill its vectors goes through a tile of its own.
    private static void MultiplyNarrow(
        int rows, int vectors, long depth, float* a, nint aRow, nint aStep, float* panel, int panelStep, float* c, long cRow, int width,
        bool add)
    {
        float* tile = stackalloc float[Tile<TLanes>.MaximumRows * 4 * Width];
        int tileRow = vectors * Width;
        if (add)
        {
            for (int row = 0; row < rows; row++)
            {
                for (int j = 0; j < tileRow; j++)
                    tile[row * tileRow + j] = j < width ? c[row * cRow + j] : 0;
            }
        }

        Tile<TLanes>.Multiply(rows, vectors, depth, a, aRow, aStep, panel, panelStep, tile, tileRow, Width, add);
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < width; j++)
                c[row * cRow + j] = tile[row * tileRow + j];
        }
    }

    // Rows of a transposed left operand, in the same groups that MultiplyRows takes: for each k, the rows of a group side by side.
    private static void PackRows(float* to, float* a, long aRow, long depth, long rows)
    {
        // Sixteen groups at a time: what is read of each row of memory then fills whole cache lines, and few pages are touched.
        const int GroupsAtATime = 16;
        long row = 0;
        while (row < rows)
        {
            int groups = 0;
            while (groups < GroupsAtATime && RowsOfTile(rows - row - groups * Tile<TLanes>.MaximumRows) == Tile<TLanes>.MaximumRows)
                groups++;
            if (groups > 0)
            {
                PackGroups(to + row * depth, a + row, aRow, depth, groups);
                row += groups * Tile<TLanes>.MaximumRows;
                continue;
            }

            int count = RowsOfTile(rows - row);
            float* destination = to + row * depth;
            for (long k = 0; k < depth; k++)
            {
                for (int i = 0; i < count; i++)
                    destination[k * count + i] = a[k * aRow + row + i];
            }

            row += count;
        }
    }

    [MethodImpl(Hot)]
    private static void PackGroups(float* to, float* a, long aRow, long depth, int groups)
    {
        const int Rows = Tile<TLanes>.MaximumRows;
        for (long k = 0; k < depth; k++, a += aRow, to += Rows)
        {
            float* source = a;
            float* destination = to;
            for (int group = 0; group < groups; group++, source += Rows, destination += Rows * depth)
            {
                destination[0] = source[0];
                destination[1] = source[1];
                destination[2] = source[2];
                destination[3] = source[3];
                destination[4] = source[4];
                destination[5] = source[5];
            }
        }
    }

    // Columns of the right operand: for each k, up to PanelWidth values side by side, padded with zeros to whole vectors.
    private static void PackPanel(float* to, float* b, long bRow, bool transposed, long depth, int width)
    {
        int stride = (int)RoundUp(width, Width);
        for (int j = 0; j < width; j += Width)
            PackVector(to + j, stride, transposed ? b + j * bRow : b + j, bRow, transposed, depth, Math.Min(Width, width - j));
    }

    [MethodImpl(Hot)]
    private static void PackVector(float* to, long stride, float* b, long bRow, bool transposed, long depth, int count)
    {
        if (!transposed)
        {
            for (long k = 0; k < depth; k++)
                LaneReduction.Load<TLanes>(b + k * bRow, count).Store(to + k * stride);
            return;
        }

        for (int j = 0; j < Width; j++)
        {
            float* source = b + j * bRow;
            for (long k = 0; k < depth; k++)
                to[k * stride + j] = j < count ? source[k] : 0;
        }
    }

    private static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;

    /// <summary>One product C (+)= A B: where the operands lie and how they are read.</summary>
    private struct Product
    {
        public long Rows;
        public long Columns;
        public long Depth;
        public float* A;
        public long ARow;
        public bool IsATransposed;
        public float* B;
        public long BRow;
        public bool IsBTransposed;
        public float* PackedB;
        public float* C;
        public long CRow;
        public bool Adds;
    }
}
