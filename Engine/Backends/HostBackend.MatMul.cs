using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>
/// The matrix product. The right operand is packed into panels of a few vectors' width, the left one is read as it lies (or packed into
/// panels of six rows if it is transposed and read often); a <see cref="Tile{TLanes}"/> runs down all rows. Threads share the columns or the
/// rows of the result, never the summed axis: every element is computed by one thread, in one order.
/// </content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    // So much of the summed axis at a time: a panel of 64 columns then takes 256 KB of the second-level cache.
    private const int DepthOfBlock = 1024;

    // Of a transposed left operand less: its rows lie far apart, in few sets of the cache.
    private const int DepthOfTransposedBlock = 512;

    // A transposed left operand is packed for more columns than these; fewer read it where it lies as fast as it could be copied.
    private const int ColumnsWorthPackingRows = 64;

    // A tile that sums so much takes long enough for what the next one writes to come from afar.
    private const int DepthWorthPrefetching = 128;

    // So many groups of rows of A, and values of B, are taken together.
    private const int GroupsAtATime = 16;
    private const int RowsAtATime = GroupsAtATime * Tile<TLanes>.MaximumRows;
    private const int ValuesOfPanels = 512 * 1024;

    // So few rows read the right operand where it lies, if its rows are those of the product, as fast as it could be packed.
    private const int RowsWorthPackingPanels = 48;

    // What packing an element takes, in multiplications, and what reading one of a transposed operand where it lies takes more. Measured on Zen 4;
    // a third more or less chooses alike.
    private const double PackingCost = 25;
    private const double ScatteredCost = 18;

    // The longest part over the mean part, beyond which threads share panels.
    private const double WorstImbalance = 1.03;

    // So many rows for each thread make packing so little of a product that a copy of the weight is not kept.
    private const int RowsWorthPackingAnew = 80;

    private const long MultiplicationsWorthAFork = 64 * 1024;

    // Few rows take as long as reading the weights does, and narrow ones are read sooner.
    private static long WorthAFork(WeightFormat format) => MultiplicationsWorthAFork * format switch
    {
        WeightFormat.Float32 => 1,
        WeightFormat.BFloat16 => 2,
        _ => 4,
    };

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

    public override void Linear(View y, View x, View weight, View bias)
    {
        if (FormatOf(weight) == WeightFormat.Float32)
            MultiplyMatrices(y, x, false, weight, true, add: false, Reals(bias));
        else
            base.Linear(y, x, weight, bias);
    }

    private void MultiplyMatrices(View c, View a, bool transposeA, View b, bool transposeB, bool add, float* bias = null)
    {
        // A transposed left operand is one of training. Products of many rows pack float32 weights again rather than keep a copy.
        WeightFormat format = transposeA ? WeightFormat.Float32 : FormatOf(b);
        bool keeps = PackedWeights.IsWorthKeeping(b) && format == Weights
            && (format != WeightFormat.Float32 || c.Rows < RowsWorthPackingAnew * Workers.Count);
        MultiplyProduct(new()
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
            Bias = bias,
            PackedB = keeps ? Reals(Packed(b, transposeB ? PackKind.Transposed : PackKind.Plain)) : null,
            Format = format,
        });
    }

    private void MultiplyProduct(Product product)
    {
        int workers = product.Rows * product.Columns * product.Depth < WorthAFork(product.Format) ? 1 : Workers.Count;
        (bool byColumns, long unit) = ChooseSplit(product, workers);
        long units = ((byColumns ? product.Columns : product.Rows) + unit - 1) / unit;
        workers = (int)Math.Min(workers, units);

        long longestPart = (units + workers - 1) / workers * unit;
        product.PacksA = product.IsATransposed && (byColumns ? longestPart : product.Columns) > ColumnsWorthPackingRows;
        product.PacksB = product.PackedB is null
            && (product.IsBTransposed || (byColumns ? product.Rows : longestPart) > RowsWorthPackingPanels);
        long depth = product.DepthOfBlock;
        long panelSize = product.PacksB || product.PackedB is null && product.Columns % Width != 0
            ? depth * Math.Min(RoundUp(byColumns ? longestPart : product.Columns, Width), RoundUp(ValuesOfPanels / depth, PanelWidth))
            : 0;
        long leftSize = product.PacksA ? GroupsAtATime * GroupSize(depth) : 0;
        long preparedSize = RoomOfPrepared(product.Format, Math.Min(PreparedRows, product.Rows), product.Depth);
        long roomOfWorker = RoundUp(panelSize + leftSize + preparedSize + Width, Width);
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

    // By columns or by rows: whichever takes the longest part less time, counting what each part packs for itself.
    private static (bool ByColumns, long Unit) ChooseSplit(in Product product, int workers)
    {
        // Whole panels for each thread, unless some would have much less to do; but no thread less than one: narrow tiles are slower.
        bool sharesPanels = product.Columns >= workers * PanelWidth && Imbalance(product.Columns, PanelWidth, workers) > WorstImbalance;
        int unit = sharesPanels ? Width : PanelWidth;
        double columnsOfPart = Imbalance(product.Columns, unit, workers) * product.Columns / workers;
        double rowsOfPart = Imbalance(product.Rows, Tile<TLanes>.MaximumRows, workers) * product.Rows / workers;
        double byColumns = Cost(product, product.Rows, columnsOfPart);
        double byRows = Cost(product, rowsOfPart, product.Columns);
        return byColumns <= byRows ? (true, unit) : (false, Tile<TLanes>.MaximumRows);
    }

    private static double Cost(in Product product, double rows, double columns)
    {
        double cost = rows * RoundUp((long)columns, Width);
        if (product.PackedB is null && (product.IsBTransposed || rows > RowsWorthPackingPanels))
            cost += PackingCost * columns;
        if (product.IsATransposed)
            cost += (columns > ColumnsWorthPackingRows ? PackingCost : ScatteredCost) * rows;
        return cost;
    }

    // The longest part over the mean part.
    private static double Imbalance(long length, int unit, int workers)
    {
        long units = (length + unit - 1) / unit;
        return (double)((units + workers - 1) / workers) * unit * workers / length;
    }

    // A block of C, in pieces that fit into caches: a panel of B and some rows of A into the second level, some panels into the third.
    [MethodImpl(Hot)]
    private static void MultiplyBlock(
        in Product product, long firstRow, long endRow, long firstColumn, long endColumn, float* room, long panelSize)
    {
        if (product.Format != WeightFormat.Float32)
        {
            MultiplyNarrowBlock(product, firstRow, endRow, firstColumn, endColumn, room);
            return;
        }

        long depthOfBlock = product.DepthOfBlock;
        long panelsAtATime = (ValuesOfPanels / depthOfBlock + PanelWidth - 1) / PanelWidth;
        for (long k = 0; k < product.Depth; k += depthOfBlock)
        {
            long depth = Math.Min(depthOfBlock, product.Depth - k);
            for (long n = firstColumn; n < endColumn;)
            {
                // Panels begin at whole multiples of their width, parts of threads perhaps in the middle of one.
                long end = Math.Min(endColumn, (n / PanelWidth + panelsAtATime) * PanelWidth);
                if (product.PackedB is null)
                    PackPanels(product, k, depth, n, end, room);
                for (long row = firstRow; row < endRow; row += RowsAtATime)
                {
                    long rows = Math.Min(RowsAtATime, endRow - row);
                    float* left = product.IsATransposed ? product.A + k * product.ARow + row : product.A + row * product.ARow + k;
                    if (product.PacksA)
                    {
                        PackRows(room + panelSize, left, product.ARow, depth, rows);
                        left = room + panelSize;
                    }

                    MultiplyPanels(product, left, k, depth, row, rows, n, end, room);
                }

                n = end;
            }
        }
    }

    // Some rows of C, panel after panel.
    [MethodImpl(Hot)]
    private static void MultiplyPanels(
        in Product product, float* left, long k, long depth, long row, long rows, long firstColumn, long endColumn, float* room)
    {
        bool continues = product.Adds || k > 0;
        for (long n = firstColumn; n < endColumn;)
        {
            long panelStart = n / PanelWidth * PanelWidth;
            int width = (int)(Math.Min(panelStart + PanelWidth, endColumn) - n);
            float* panel = room + (n - firstColumn) * depth;
            int panelStep = (int)RoundUp(width, Width);
            if (product.PackedB is not null)
            {
                // Panels of whole depth, one after the other; the last may be narrower.
                panelStep = (int)Math.Min(PanelWidth, RoundUp(product.Columns - panelStart, Width));
                panel = product.PackedB + panelStart * product.Depth + k * panelStep + (n - panelStart);
            }
            else if (!product.PacksPanel(width))
            {
                panel = product.B + k * product.BRow + n;
                panelStep = (int)product.BRow;
            }

            float* c = product.C + row * product.CRow + n;
            float* from = continues ? c : product.Bias is null ? null : product.Bias + n;
            MultiplyRows(product, left, panel, panelStep, c, from, continues ? (nint)product.CRow : 0, rows, depth, width);
            n += width;
        }
    }

    // One panel down all rows.
    [MethodImpl(Hot)]
    private static void MultiplyRows(
        in Product product, float* left, float* panel, int panelStep, float* c, float* from, nint fromRow, long rows, long depth, int width)
    {
        int vectors = (width + Width - 1) / Width;
        nint aRow = product.IsATransposed ? 1 : (nint)product.ARow;
        nint aStep = product.IsATransposed ? (nint)product.ARow : 1;
        long group = 0;
        for (long row = 0; row < rows; group++)
        {
            int count = RowsOfTile(rows - row);
            float* a = left + row * aRow;
            if (product.PacksA)
            {
                a = left + group * GroupSize(depth);
                aStep = count;
            }

            float* destination = c + row * product.CRow;
            float* origin = from is null ? null : from + row * fromRow;

            // What the next tile adds to or writes: where it lies elsewhere than in the cache it comes while this one is computed.
            if (depth >= DepthWorthPrefetching)
                Prefetch.NearRows(destination + count * product.CRow, product.CRow, RowsOfTile(rows - row - count), width);
            if (width % Width == 0)
                Tile<TLanes>.Multiply(
                    count, vectors, depth, a, aRow, aStep, panel, panelStep, destination, (nint)product.CRow, Width, origin, fromRow);
            else
                MultiplyNarrow(
                    count, vectors, depth, a, aRow, aStep, panel, panelStep, destination, product.CRow, width, origin, fromRow);
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
    [MethodImpl(Hot)]
    private static void MultiplyNarrow(
        int rows, int vectors, long depth, float* a, nint aRow, nint aStep, float* panel, int panelStep, float* c, long cRow, int width,
        float* from, nint fromRow)
    {
        float* room = stackalloc float[Tile<TLanes>.MaximumRows * 4 * Width + Width];
        float* tile = AlignToLine(room);
        int tileRow = vectors * Width;
        if (from is not null)
        {
            for (int row = 0; row < rows; row++)
                CopyRow(tile + row * tileRow, from + row * fromRow, width, tileRow);
        }

        Tile<TLanes>.Multiply(rows, vectors, depth, a, aRow, aStep, panel, panelStep, tile, tileRow, Width,
            from is null ? null : tile, tileRow);
        for (int row = 0; row < rows; row++)
            CopyRow(c + row * cRow, tile + row * tileRow, width, width);
    }

    // Some values of a row, and zeros after them.
    [MethodImpl(Inline)]
    private static void CopyRow(float* to, float* from, int count, int padded)
    {
        for (int j = 0; j < padded; j += Width)
            LaneReduction.Store(LaneReduction.Load<TLanes>(from + j, count - j), to + j, padded - j);
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
        public bool PacksA;
        public bool PacksB;
        public float* B;
        public long BRow;
        public bool IsBTransposed;
        public float* PackedB;
        public WeightFormat Format;
        public float* C;
        public long CRow;
        public bool Adds;

        /// <summary>What each row of C begins with, unless it adds; null: zeros.</summary>
        public float* Bias;

        /// <summary>So much of the summed axis is taken at a time: parts of like size.</summary>
        public readonly long DepthOfBlock
        {
            get
            {
                long greatest = IsATransposed ? DepthOfTransposedBlock : HostBackend<TLanes>.DepthOfBlock;
                long blocks = (Depth + greatest - 1) / greatest;
                return RoundUp((Depth + blocks - 1) / blocks, Width);
            }
        }

        /// <summary>A panel whose columns do not fill their vectors is packed in any case, with zeros after them.</summary>
        public readonly bool PacksPanel(int width) => PacksB || width % Width != 0;
    }
}
