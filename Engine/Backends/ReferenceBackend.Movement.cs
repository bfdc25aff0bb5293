namespace MiniLstm.Engine;

/// <content>Columns, axes and rows that change their place.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void CopyColumns(View to, int toColumn, View from, int fromColumn, int count, bool add)
    {
        for (int r = 0; r < to.Rows; r++)
        {
            Span<double> target = Row(to, r).Slice(toColumn, count);
            Span<double> source = Row(from, r).Slice(fromColumn, count);
            for (int j = 0; j < count; j++)
                Put(ref target[j], source[j], add);
        }
    }

    /// <inheritdoc/>
    public override void SwapAxes(View to, View x, int first, int second, bool add)
    {
        Span<double> target = Reals(to);
        Span<double> source = Reals(x);
        int outer = (int)x.Shape.CountBefore(first);
        int rows = x.Shape[first];
        int columns = x.Shape[second];
        int inner = (int)x.Shape.CountAfter(second);
        int middle = source.Length / (outer * rows * columns * inner);
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int m = 0; m < middle; m++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        int from = (((o * rows + i) * middle + m) * columns + j) * inner;
                        int into = (((o * columns + j) * middle + m) * rows + i) * inner;
                        for (int n = 0; n < inner; n++)
                            Put(ref target[into + n], source[from + n], add);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Gather(View to, View table, View ids)
    {
        for (int r = 0; r < to.Rows; r++)
            Row(table, Integers(ids)[r]).CopyTo(Row(to, r));
    }

    /// <inheritdoc/>
    public override void Scatter(View to, View places, View rows, bool add)
    {
        for (int r = 0; r < rows.Rows; r++)
        {
            Span<double> target = Row(to, Integers(places)[r]);
            Span<double> source = Row(rows, r);
            for (int j = 0; j < source.Length; j++)
                Put(ref target[j], source[j], add);
        }
    }

    /// <inheritdoc/>
    public override void ScatterAdd(View table, IndexTensor ids, View rows, int skippedId)
    {
        for (int r = 0; r < rows.Rows; r++)
        {
            int id = Integers(ids.View)[r];
            if (id == skippedId)
                continue;
            Span<double> target = Row(table, id);
            Span<double> source = Row(rows, r);
            for (int j = 0; j < source.Length; j++)
                target[j] += source[j];
        }
    }
}
