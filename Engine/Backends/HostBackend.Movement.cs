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

    public override void ScatterAdd(View table, View ids, View rows, int skippedId)
    {
        float* destination = Destination(table);
        float* source = Reals(rows);
        int* id = Integers(ids);
        long columns = table.Columns;
        long count = ids.Count;

        // Each thread adds some columns of all rows, in the order of the rows.
        Split(columns, Width, Math.Max(1, ElementsWorthAFork / count), (start, width) =>
        {
            for (long row = 0; row < count; row++)
            {
                if (id[row] == skippedId)
                    continue;
                float* x = source + row * columns + start;
                Loop<Scaling>(destination + id[row] * columns + start, x, x, x, 1, width, add: true);
            }
        });
    }
}
