using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>to = from, for integers and floating point alike.</summary>
internal readonly struct CopyKernel<T>(ArrayView<T> to, ArrayView<T> from) : IElementKernel
    where T : unmanaged
{
    public void Run(int i) => to[i] = from[i];
}

/// <summary>A range of columns of one matrix (+)= a range of columns of another.</summary>
internal readonly struct CopyColumnsKernel(
    ArrayView<float> to, int toColumn, int toColumns, ArrayView<float> from, int fromColumn, int fromColumns, int count, Flag add) : IElementKernel
{
    public void Run(int i)
    {
        int row = i / count;
        int column = i % count;
        Result.Put(ref to[row * toColumns + toColumn + column], from[row * fromColumns + fromColumn + column], add);
    }
}

/// <summary>to[o, j, m, i, n] (+)= x[o, i, m, j, n].</summary>
internal readonly struct SwapAxesKernel(
    ArrayView<float> to, ArrayView<float> x, int rows, int middle, int columns, int inner, Flag add) : IElementKernel
{
    public void Run(int index)
    {
        int n = index % inner;
        int rest = index / inner;
        int i = rest % rows;
        rest /= rows;
        int m = rest % middle;
        rest /= middle;
        int j = rest % columns;
        int o = rest / columns;
        Result.Put(ref to[index], x[(((o * rows + i) * middle + m) * columns + j) * inner + n], add);
    }
}

/// <summary>to (+)= scale · x, repeated along an axis: to is [outer, length, inner].</summary>
internal readonly struct SpreadKernel(ArrayView<float> to, ArrayView<float> x, int length, int inner, float scale, Flag add) : IElementKernel
{
    public void Run(int i) => Result.Put(ref to[i], scale * x[i / (length * inner) * inner + i % inner], add);
}

/// <summary>to[r] = table[ids[r]].</summary>
internal readonly struct GatherKernel(ArrayView<float> to, ArrayView<float> table, ArrayView<int> ids, int columns) : IElementKernel
{
    public void Run(int i) => to[i] = table[ids[i / columns] * columns + i % columns];
}

/// <summary>to[places[r]] (+)= rows[r], all places different.</summary>
internal readonly struct ScatterKernel(
    ArrayView<float> to, ArrayView<int> places, ArrayView<float> rows, int columns, Flag add) : IElementKernel
{
    public void Run(int i) => Result.Put(ref to[places[i / columns] * columns + i % columns], rows[i], add);
}

/// <summary>
/// table[ids[r]] += rows[r], in the order of r: a group for each row of which the id is the first of its kind adds all rows with that id. So no
/// two groups write the same entry, and the order of the sum is the same every time; atomic additions would have neither.
/// </summary>
internal readonly struct ScatterAddKernel(
    ArrayView<float> table, ArrayView<int> ids, ArrayView<float> rows, int columns, int skippedId) : IGroupKernel
{
    public void Run()
    {
        int first = Grid.IdxX;
        int id = ids[first];
        if (id == skippedId)
            return;
        for (int r = 0; r < first; r++)
        {
            if (ids[r] == id)
                return;
        }

        for (int column = Group.IdxX; column < columns; column += Group.DimX)
        {
            float sum = table[id * columns + column];
            for (int r = first; r < ids.IntLength; r++)
            {
                if (ids[r] == id)
                    sum += rows[r * columns + column];
            }

            table[id * columns + column] = sum;
        }
    }
}
