using System.Buffers;
using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>What moves values without computing.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    public override void CopyColumns(View to, int toColumn, View from, int fromColumn, int count, bool add)
    {
        float* destination = Destination(to) + toColumn;
        float* source = Reals(from) + fromColumn;
        long toStride = to.Columns;
        long fromStride = from.Columns;
        SplitRows(to.Rows, count, (start, rows) =>
        {
            for (long row = start; row < start + rows; row++)
            {
                float* x = source + row * fromStride;
                Loop<Scaling>(destination + row * toStride, x, x, x, 1, count, add);
            }
        });
    }

    public override void SwapAxes(View to, View x, int first, int second, bool add)
    {
        float* destination = Destination(to);
        float* source = Reals(x);
        Shape shape = x.Shape;
        long rows = shape[first];
        long columns = shape[second];
        long inner = shape.CountAfter(second);
        long middle = shape.CountAfter(first) / (columns * inner);
        long block = rows * middle * columns * inner;

        // Entry [o, j, m, i] of the destination is entry [o, i, m, j] of the source; both have inner values.
        SplitRows(shape.CountBefore(first) * columns, checked((int)Math.Min(int.MaxValue, middle * rows * inner)), (start, count) =>
        {
            for (long k = start; k < start + count; k++)
            {
                long j = k % columns;
                float* outer = source + k / columns * block;
                float* write = destination + k * middle * rows * inner;
                for (long m = 0; m < middle; m++)
                {
                    for (long i = 0; i < rows; i++, write += inner)
                    {
                        float* read = outer + ((i * middle + m) * columns + j) * inner;
                        for (long n = 0; n < inner; n++)
                            write[n] = add ? write[n] + read[n] : read[n];
                    }
                }
            }
        });
    }

    public override void Gather(View to, View table, View ids)
    {
        float* destination = Destination(to);
        float* source = Reals(table);
        int* id = Integers(ids);
        long columns = table.Columns;
        SplitRows(ids.Count, table.Columns, (start, rows) =>
        {
            for (long row = start; row < start + rows; row++)
                Buffer.MemoryCopy(source + id[row] * columns, destination + row * columns, columns * sizeof(float), columns * sizeof(float));
        });
    }

    public override void Scatter(View to, View places, View rows, bool add)
    {
        float* destination = Destination(to);
        float* source = Reals(rows);
        int* place = Integers(places);
        long columns = to.Columns;
        SplitRows(places.Count, to.Columns, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
            {
                float* x = source + row * columns;
                Loop<Scaling>(destination + place[row] * columns, x, x, x, 1, columns, add);
            }
        });
    }

    public override void ScatterAdd(View table, IndexTensor ids, View rows, int skippedId)
    {
        float* destination = Destination(table);
        float* source = Reals(rows);
        long columns = table.Columns;
        int count = checked((int)ids.View.Count);
        int entries = table.Shape[0];

        // All rows of one id after the other, so that its row of the table is read and written once; within an id in their order.
        int[] ends = ArrayPool<int>.Shared.Rent(entries + 1);
        int[] places = ArrayPool<int>.Shared.Rent(count);
        SortById(new ReadOnlySpan<int>(Integers(ids.View), count), ends.AsSpan(0, entries + 1), places);
        Split(columns, Width, Math.Max(1, ElementsWorthAFork / count), (start, width) =>
        {
            fixed (int* place = places)
            {
                for (int id = 0; id < entries; id++)
                {
                    int first = id == 0 ? 0 : ends[id - 1];
                    if (first < ends[id] && id != skippedId)
                        AddRows(destination + id * columns + start, source + start, columns, place + first, ends[id] - first, width);
                }
            }
        });
        ArrayPool<int>.Shared.Return(ends);
        ArrayPool<int>.Shared.Return(places);
    }

    // Counting sort: the places of each id, in their order, up to its end.
    private static void SortById(ReadOnlySpan<int> ids, Span<int> ends, Span<int> places)
    {
        ends.Clear();
        foreach (int id in ids)
            ends[id + 1]++;
        for (int id = 1; id < ends.Length; id++)
            ends[id] += ends[id - 1];
        for (int place = 0; place < ids.Length; place++)
            places[ends[ids[place]]++] = place;
    }

    // to += the rows at some places.
    [MethodImpl(Hot)]
    private static void AddRows(float* to, float* rows, long stride, int* places, int count, long columns)
    {
        long column = 0;
        for (; column + 4 * Width <= columns; column += 4 * Width)
        {
            float* at = to + column;
            TLanes sum0 = TLanes.Load(at);
            TLanes sum1 = TLanes.Load(at + Width);
            TLanes sum2 = TLanes.Load(at + 2 * Width);
            TLanes sum3 = TLanes.Load(at + 3 * Width);
            for (int k = 0; k < count; k++)
            {
                float* row = rows + places[k] * stride + column;
                sum0 += TLanes.Load(row);
                sum1 += TLanes.Load(row + Width);
                sum2 += TLanes.Load(row + 2 * Width);
                sum3 += TLanes.Load(row + 3 * Width);
            }

            sum0.Store(at);
            sum1.Store(at + Width);
            sum2.Store(at + 2 * Width);
            sum3.Store(at + 3 * Width);
        }

        for (; column < columns; column += Width)
        {
            long left = columns - column;
            TLanes sum = LaneReduction.Load<TLanes>(to + column, left);
            for (int k = 0; k < count; k++)
                sum += LaneReduction.Load<TLanes>(rows + places[k] * stride + column, left);
            LaneReduction.Store(sum, to + column, left);
        }
    }
}
