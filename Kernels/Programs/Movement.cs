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
/// table[id] += the rows of a part, in their order: a thread for each column of each part, neighbours at neighbouring columns. A part is all rows of
/// an id, or a piece of them, whose sum goes to sums[part] instead. So no two threads write the same entry, and the order of a sum is the same every
/// time; atomic additions would have neither.
/// </summary>
/// <remarks>The numbers are those of <see cref="ScatterPlan"/>.</remarks>
internal readonly struct ScatterAddKernel(
    ArrayView<float> table, ArrayView<float> sums, ArrayView<int> numbers, int parts, int sharedParts, ArrayView<float> rows, int columns) : IElementKernel
{
    public void Run(int i)
    {
        int part = i / columns;
        int column = i % columns;
        int entry = numbers[part] * columns + column;
        int k = numbers[parts + part];
        int end = numbers[parts + part + 1];
        float sum = 0;
        if (part >= sharedParts)
            sum = table[entry];

        // Four reads are under way at once, the additions stay in order.
        for (; k + 4 <= end; k += 4)
        {
            float a = rows[numbers[k] * columns + column];
            float b = rows[numbers[k + 1] * columns + column];
            float c = rows[numbers[k + 2] * columns + column];
            float d = rows[numbers[k + 3] * columns + column];
            sum += a;
            sum += b;
            sum += c;
            sum += d;
        }

        for (; k < end; k++)
            sum += rows[numbers[k] * columns + column];
        if (part >= sharedParts)
            table[entry] = sum;
        else
            sums[i] = sum;
    }
}
