namespace MiniLstm.Engine;

/// <content>The matrix product.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void MatMul(View c, View a, bool transposeA, View b, bool transposeB, bool add)
    {
        if (c.Shape.Rank == 3)
        {
            for (int entry = 0; entry < c.Shape[0]; entry++)
                MatMul(c[entry], a[entry], transposeA, b[entry], transposeB, add);
            return;
        }

        int rows = (int)c.Rows;
        int columns = c.Columns;
        int depth = transposeA ? (int)a.Rows : a.Columns;

        // Element [i, k] of a is at i * aRow + k * aColumn; to transpose is to exchange the two.
        (int aRow, int aColumn) = transposeA ? (1, rows) : (depth, 1);
        (int bRow, int bColumn) = transposeB ? (1, depth) : (columns, 1);

        Span<double> product = Reals(c);
        Span<double> left = Reals(a);
        Span<double> right = Reals(b);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = add ? product[i * columns + j] : 0;
                for (int k = 0; k < depth; k++)
                    sum += left[i * aRow + k * aColumn] * right[k * bRow + j * bColumn];
                product[i * columns + j] = sum;
            }
        }
    }
}
