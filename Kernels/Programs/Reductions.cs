using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>What is summed at one place.</summary>
internal interface ITerm
{
    /// <summary>The value at a place.</summary>
    /// <param name="a">The first operand.</param>
    /// <param name="b">The second, for terms that have two.</param>
    /// <param name="i">The place.</param>
    /// <returns>The value.</returns>
    static abstract float Value(ArrayView<float> a, ArrayView<float> b, int i);
}

/// <summary>a.</summary>
internal readonly struct ValueTerm : ITerm
{
    public static float Value(ArrayView<float> a, ArrayView<float> b, int i) => a[i];
}

/// <summary>a b.</summary>
internal readonly struct ProductTerm : ITerm
{
    public static float Value(ArrayView<float> a, ArrayView<float> b, int i) => a[i] * b[i];
}

/// <summary>a².</summary>
internal readonly struct SquareTerm : ITerm
{
    public static float Value(ArrayView<float> a, ArrayView<float> b, int i) => a[i] * a[i];
}

/// <summary>
/// Sums along the last axis: x is [outer, length], to is [outer, chunks] with (+)= scale · the sum of each chunk of so many elements. One group a
/// chunk; a second launch adds the chunks.
/// </summary>
internal readonly struct SumRowsKernel<TTerm>(
    ArrayView<float> to, ArrayView<float> a, ArrayView<float> b, int length, int chunk, int chunks, float scale, Flag add) : IGroupKernel
    where TTerm : struct, ITerm
{
    public void Run()
    {
        ArrayView<float> room = RowGroup.Room();
        int outer = Grid.IdxX / chunks;
        int start = Grid.IdxX % chunks * chunk;
        int end = start + chunk < length ? start + chunk : length;
        float sum = 0;
        for (int k = start + Group.IdxX; k < end; k += Group.DimX)
            sum += TTerm.Value(a, b, outer * length + k);

        sum = RowGroup.Combine<SumReduction>(room, sum);
        if (Group.IdxX == 0)
            Result.Put(ref to[Grid.IdxX], scale * sum, add);
    }
}

/// <summary>
/// Sums along an axis that is not the last: x is [outer, length, inner], to is [outer, chunks, inner] with (+)= scale · the sum of each chunk. One
/// thread a sum: neighbours read neighbours.
/// </summary>
internal readonly struct SumColumnsKernel<TTerm>(
    ArrayView<float> to, ArrayView<float> a, ArrayView<float> b, int length, int inner, int chunk, int chunks, float scale, Flag add) : IElementKernel
    where TTerm : struct, ITerm
{
    public void Run(int i)
    {
        int start = i / inner % chunks * chunk;
        int end = start + chunk < length ? start + chunk : length;
        int first = i / (inner * chunks) * length * inner + i % inner;
        float sum = 0;
        for (int k = start; k < end; k++)
            sum += TTerm.Value(a, b, first + k * inner);
        Result.Put(ref to[i], scale * sum, add);
    }
}

/// <summary>The largest value along an axis and where it is, one group for each: x is [outer, length, inner]. NaN is larger than any number;
/// the first of equals wins.</summary>
internal readonly struct MaxKernel(ArrayView<float> to, ArrayView<int> positions, ArrayView<float> x, int length, int inner) : IGroupKernel
{
    public void Run()
    {
        ArrayView<float> values = SharedMemory.Allocate<float>(RowGroup.MaximumSize);
        ArrayView<int> places = SharedMemory.Allocate<int>(RowGroup.MaximumSize);
        int first = Grid.IdxX / inner * length * inner + Grid.IdxX % inner;
        int thread = Group.IdxX;

        // A thread without an element repeats the last one, which is never before itself.
        int place = thread < length ? thread : length - 1;
        float largest = x[first + place * inner];
        for (int k = thread + Group.DimX; k < length; k += Group.DimX)
        {
            float value = x[first + k * inner];
            if (IsBefore(value, k, largest, place))
            {
                largest = value;
                place = k;
            }
        }

        values[thread] = largest;
        places[thread] = place;
        Group.Barrier();
        if (thread > 0)
            return;
        for (int k = 1; k < Group.DimX; k++)
        {
            if (IsBefore(values[k], places[k], largest, place))
            {
                largest = values[k];
                place = places[k];
            }
        }

        if (to.IntLength > 0)
            to[Grid.IdxX] = largest;
        positions[Grid.IdxX] = place;
    }

    private static bool IsBefore(float value, int place, float other, int otherPlace)
    {
        bool isNaN = float.IsNaN(value);
        bool otherIsNaN = float.IsNaN(other);
        bool isEqual = isNaN ? otherIsNaN : value == other;
        return isEqual ? place < otherPlace : isNaN || value > other;
    }
}

/// <summary>dx (+)= dy at the positions along an axis, 0 elsewhere: dx is [outer, length, inner].</summary>
internal readonly struct MaxSlopeKernel(
    ArrayView<float> dx, ArrayView<int> positions, ArrayView<float> dy, int length, int inner, Flag add) : IElementKernel
{
    public void Run(int i)
    {
        int place = i / inner % length;
        int of = i / (length * inner) * inner + i % inner;
        Result.Put(ref dx[i], positions[of] == place ? dy[of] : 0, add);
    }
}
