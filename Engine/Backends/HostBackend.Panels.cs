using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MiniLstm.Engine;

/// <content>Operands of a matrix product copied into the layout that tiles read: panels of columns on the right, groups of rows on the
/// left.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    // So many rows of a panel are transposed at once.
    private const int TransposedAtATime = 64;

    // So many rows ahead are fetched, into the first or the second level of the cache: each is a leap in memory that the processor does not foresee.
    private const int RowsAhead = 12;
    private const int FarRowsAhead = 32;

    // So many rows of a transposed left operand are copied at once.
    private const int PackedAtATime = 4;

    [MethodImpl(Hot)]
    private static void PackPanels(in Product product, long k, long depth, long firstColumn, long endColumn, float* to)
    {
        for (long n = firstColumn; n < endColumn;)
        {
            int width = (int)(Math.Min((n / PanelWidth + 1) * PanelWidth, endColumn) - n);
            float* b = product.IsBTransposed ? product.B + n * product.BRow + k : product.B + k * product.BRow + n;
            if (product.PacksPanel(width))
                PackPanel(to + (n - firstColumn) * depth, b, product.BRow, product.IsBTransposed, depth, width);
            n += width;
        }
    }

    // Rows of a transposed left operand, in the same groups that MultiplyRows takes: for each k, the rows of a group side by side.
    [MethodImpl(Hot)]
    private static void PackRows(float* to, float* a, long aRow, long depth, long rows)
    {
        long row = 0;
        int groups = 0;
        while (RowsOfTile(rows - row) == Tile<TLanes>.MaximumRows)
        {
            groups++;
            row += Tile<TLanes>.MaximumRows;
        }

        PackGroups(to, a, aRow, depth, groups);
        for (to += groups * GroupSize(depth); row < rows; to += GroupSize(depth))
        {
            int count = RowsOfTile(rows - row);
            for (long k = 0; k < depth; k++)
            {
                for (int i = 0; i < count; i++)
                    to[k * count + i] = a[k * aRow + row + i];
            }

            row += count;
        }
    }

    // Groups begin a cache line further on than their size says: else, with a depth of a power of two, all would lie in the same sets of the cache.
    private static long GroupSize(long depth) => depth * Tile<TLanes>.MaximumRows + 16;

    // Some rows at a time: so their lines come while those before are copied, and what is written is whole lines, nearly.
    [MethodImpl(Hot)]
    private static void PackGroups(float* to, float* a, long aRow, long depth, int groups)
    {
        long groupSize = GroupSize(depth);
        long step = PackedAtATime * aRow;
        for (long k = 0; k < depth; k += PackedAtATime, a += step, to += PackedAtATime * Tile<TLanes>.MaximumRows)
        {
            int rows = (int)Math.Min(PackedAtATime, depth - k);
            Prefetch.FarRows(a + FarRowsAhead * aRow, aRow, rows, groups * Tile<TLanes>.MaximumRows);
            for (int group = 0; group < groups; group++)
            {
                float* source = a + group * Tile<TLanes>.MaximumRows;
                float* destination = to + group * groupSize;
                for (int row = 0; row < rows; row++, source += aRow, destination += Tile<TLanes>.MaximumRows)
                {
                    Vector128.Load(source).Store(destination);
                    Vector64.Load(source + 4).Store(destination + 4);
                }
            }
        }
    }

    // Columns of the right operand: for each k, up to PanelWidth values side by side, padded with zeros to whole vectors.
    private static void PackPanel(float* to, float* b, long bRow, bool transposed, long depth, int width)
    {
        int stride = (int)RoundUp(width, Width);
        if (!transposed)
        {
            CopyPanel(to, stride, b, bRow, depth, width);
            return;
        }

        for (int j = 0; j < width; j += Width)
            TransposeVector(to + j, stride, b + j * bRow, bRow, depth, Math.Min(Width, width - j));
    }

    [MethodImpl(Hot)]
    private static void CopyPanel(float* to, int stride, float* b, long bRow, long depth, int width)
    {
        for (long k = 0; k < depth; k++, b += bRow, to += stride)
        {
            for (int j = 0; j < width; j += Width)
            {
                Prefetch.Near(b + RowsAhead * bRow + j);
                LaneReduction.Load<TLanes>(b + j, width - j).Store(to + j);
            }
        }
    }

    // Up to sixteen rows as columns. Some of the summed axis at a time, so that the lines written stay in the first-level cache until they
    // are full.
    [MethodImpl(Hot)]
    private static void TransposeVector(float* to, long stride, float* b, long bRow, long depth, int count)
    {
        for (long k = 0; k < depth; k += TransposedAtATime)
        {
            long now = Math.Min(TransposedAtATime, depth - k);
            long whole = count == Width ? now / 4 * 4 : 0;
            for (long j = 0; j < whole; j += 4)
                Transposition.FourColumns(to + (k + j) * stride, stride, b + k + j, bRow);
            for (int i = 0; i < Width; i++)
            {
                for (long j = k + whole; j < k + now; j++)
                    to[j * stride + i] = i < count ? b[i * bRow + j] : 0;
            }
        }
    }
}
