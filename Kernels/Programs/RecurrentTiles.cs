using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>How many rows a group computes of a step of a recurrent layer, for 32 units.</summary>
internal interface IStepTile
{
    /// <summary>Threads along the batch; each has four rows. Threads that are left share the sum among them: each takes its slice of every part of
    /// it that is in shared memory, and slices are added in order at the end.</summary>
    static abstract int RowThreads { get; }
}

/// <summary>32 rows.</summary>
internal readonly struct Rows32 : IStepTile
{
    public static int RowThreads => 8;
}

/// <summary>16 rows.</summary>
internal readonly struct Rows16 : IStepTile
{
    public static int RowThreads => 4;
}

/// <summary>8 rows.</summary>
internal readonly struct Rows8 : IStepTile
{
    public static int RowThreads => 2;
}

/// <summary>The product of a step.</summary>
/// <param name="Operand">Forward h, [rows, features]; back the gradients of the sums, [rows, gates · units].</param>
/// <param name="Weight">U, [gates · units, features].</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Length">How many products a sum has.</param>
/// <param name="InQuads">Whether rows of both operands consist of whole, aligned quads.</param>
internal readonly record struct StepProduct(ArrayView<float> Operand, ArrayView<float> Weight, int Rows, int Length, Flag InQuads)
{
    /// <summary>Four elements, as far as they are there; zeros for the others.</summary>
    /// <param name="from">An operand.</param>
    /// <param name="place">The first.</param>
    /// <param name="count">How many are there from it on.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float4 Read(ArrayView<float> from, int place, int count)
    {
        if (InQuads)
            return count > 0 ? from.Cast<Float4>()[place / Float4.Length] : default;
        return new()
        {
            X = count > 0 ? from[place] : 0,
            Y = count > 1 ? from[place + 1] : 0,
            Z = count > 2 ? from[place + 2] : 0,
            W = count > 3 ? from[place + 3] : 0,
        };
    }
}

/// <summary>Where rows lie; see <see cref="StepPlaces"/>.</summary>
internal readonly record struct PlaceViews(
    ArrayView<int> Before, ArrayView<int> After, ArrayView<int> CellBefore, ArrayView<int> CellAfter, ArrayView<int> Later)
{
    /// <summary>The place of a row: its own number if there are no places.</summary>
    public static int At(ArrayView<int> places, int row) => places.IntLength > 0 ? places[row] : row;
}

/// <summary>What one thread brings of the next tiles.</summary>
internal struct StepQuads
{
    public Float4 Weight0;
    public Float4 Weight1;
    public Float4 Weight2;
    public Float4 Weight3;
    public Float4 Row;
}

/// <summary>The threads of a group that make a tile of a step.</summary>
internal static class StepGroup
{
    /// <summary>How many there are.</summary>
    public const int Threads = 256;

    /// <summary>Units of a tile.</summary>
    public const int Units = 32;

    // Written out, since ILGPU unrolls no loop.
    private const int Unrolled = 4;

    // Four rows of quads a thread.
    private const int SumQuads = 4 * Threads;

    /// <summary>Quads of shared memory that a step back takes: for its tiles, and afterwards for its sums.</summary>
    public static int QuadsBack(int rowThreads)
    {
        int tiles = Threads / rowThreads * (Units / 4 + rowThreads + 1);
        return tiles > SumQuads ? tiles : SumQuads;
    }

    /// <summary>Adds a thread's products of its slice of what is in shared memory: [depth, quads of rows] and [depth, quads of weights].</summary>
    /// <param name="sums">Its sums.</param>
    /// <param name="rows">The tile of rows.</param>
    /// <param name="rowStride">Quads from one depth to the next in it.</param>
    /// <param name="row">The thread's quad in it.</param>
    /// <param name="weights">The tile of weights.</param>
    /// <param name="weightStride">Likewise.</param>
    /// <param name="weight">Likewise.</param>
    /// <param name="slice">Which slice.</param>
    /// <param name="share">The depth of a slice.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(
        ref Block4x4 sums,
        ArrayView<Float4> rows,
        int rowStride,
        int row,
        ArrayView<Float4> weights,
        int weightStride,
        int weight,
        int slice,
        int share)
    {
        for (int d = slice * share; d < (slice + 1) * share; d += Unrolled)
        {
            ArrayView<Float4> a = rows.SubView(d * rowStride + row, Unrolled * rowStride - row);
            ArrayView<Float4> b = weights.SubView(d * weightStride + weight, Unrolled * weightStride - weight);
            sums.Add(a[0], b[0]);
            sums.Add(a[rowStride], b[weightStride]);
            sums.Add(a[2 * rowStride], b[2 * weightStride]);
            sums.Add(a[3 * rowStride], b[3 * weightStride]);
        }
    }

    /// <summary>Writes a quad down a column of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutColumn(ArrayView<float> tile, int place, int stride, Float4 quad)
    {
        tile[place] = quad.X;
        tile[place + stride] = quad.Y;
        tile[place + 2 * stride] = quad.Z;
        tile[place + 3 * stride] = quad.W;
    }

    /// <summary>Puts the sums of all threads into shared memory, [slices, rows, columns of quads], for whichever thread goes on with them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Share(ArrayView<Float4> shared, in Block4x4 sums, int place, int stride)
    {
        shared[place] = sums.Row0;
        shared[place + stride] = sums.Row1;
        shared[place + 2 * stride] = sums.Row2;
        shared[place + 3 * stride] = sums.Row3;
        Group.Barrier();
    }
}
