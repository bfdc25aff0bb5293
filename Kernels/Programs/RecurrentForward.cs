using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// A step of a recurrent layer at once: the recurrent product, and in its epilogue the cell. A thread sums up all gates of one unit for four rows,
/// so that the sums meet in its registers and are never written.
/// </summary>
/// <remarks>The product reads U as it is stored, [gates · units, features]: a tile of it goes into shared memory by feature, unit and gate, from where
/// a thread reads the four gates of its unit in one access, and four rows of h in another: sixteen multiplications for two reads.</remarks>
internal readonly struct ProductAndStepKernel<TCell, TTile>(
    StepKernel<TCell> step, ArrayView<float> operand, ArrayView<float> weight, int rows, int features) : IGroupKernel
    where TCell : struct, ICell<TCell>
    where TTile : struct, IStepTile
{
    // By hand, since ILGPU unrolls no loop.
    private const int Unrolled = 4;

    // Unit stride of a feature's row in the tiles: one more than there are, so that neighbours in features lie in other banks.
    private static int WeightStride => TTile.UnitThreads + 1;

    private static int OperandStride => TTile.RowThreads + 1;

    public void Run()
    {
        ArrayView<Float4> weights = SharedMemory.Allocate<Float4>(TTile.Depth * (TTile.UnitThreads + 1));
        ArrayView<Float4> operands = SharedMemory.Allocate<Float4>(TTile.Depth * (TTile.RowThreads + 1));
        uint thread = (uint)Group.IdxX;
        int unitThread = (int)(thread % (uint)TTile.UnitThreads);
        int rowThread = (int)(thread / (uint)TTile.UnitThreads % (uint)TTile.RowThreads);
        int slice = (int)(thread / (uint)(TTile.UnitThreads * TTile.RowThreads));
        int firstUnit = Grid.IdxX * TTile.UnitThreads;
        int firstRow = Grid.IdxY * 4 * TTile.RowThreads;

        Block4x4 sums = default;
        for (int k = 0; k < features; k += TTile.Depth)
        {
            LoadWeights(weights.Cast<float>(), firstUnit, k);
            LoadOperand(operands.Cast<float>(), firstRow, k);
            Group.Barrier();
            int share = TTile.Depth / TTile.Slices;
            for (int d = slice * share; d < (slice + 1) * share; d += Unrolled)
            {
                ArrayView<Float4> h = operands.SubView(d * OperandStride + rowThread, Unrolled * OperandStride - rowThread);
                ArrayView<Float4> u = weights.SubView(d * WeightStride + unitThread, Unrolled * WeightStride - unitThread);
                sums.Add(h[0], u[0]);
                sums.Add(h[OperandStride], u[WeightStride]);
                sums.Add(h[2 * OperandStride], u[2 * WeightStride]);
                sums.Add(h[3 * OperandStride], u[3 * WeightStride]);
            }

            Group.Barrier();
        }

        if (TTile.Slices > 1)
            SliceSum.Add<TTile>(ref sums, slice);
        if (slice > 0)
            return;
        int row = firstRow + 4 * rowThread;
        int unit = firstUnit + unitThread;
        Finish(row, unit, sums.Row0);
        Finish(row + 1, unit, sums.Row1);
        Finish(row + 2, unit, sums.Row2);
        Finish(row + 3, unit, sums.Row3);
    }

    // Neighbouring threads read neighbouring features.
    private void LoadWeights(ArrayView<float> tile, int firstUnit, int firstFeature)
    {
        uint d = (uint)Group.IdxX % (uint)TTile.Depth;
        int feature = firstFeature + (int)d;
        for (uint line = (uint)Group.IdxX / (uint)TTile.Depth; line < 4 * (uint)TTile.UnitThreads; line += (uint)(StepGroup.Threads / TTile.Depth))
        {
            uint unit = line % (uint)TTile.UnitThreads;
            uint gate = line / (uint)TTile.UnitThreads;
            int from = firstUnit + (int)unit;
            bool isThere = gate < CellSizes<TCell>.Recurrent && from < step.Units && feature < features;
            tile[(int)((d * (uint)WeightStride + unit) * 4 + gate)] = isThere ? weight[((int)gate * step.Units + from) * features + feature] : 0;
        }
    }

    private void LoadOperand(ArrayView<float> tile, int firstRow, int firstFeature)
    {
        uint d = (uint)Group.IdxX % (uint)TTile.Depth;
        int feature = firstFeature + (int)d;
        for (uint row = (uint)Group.IdxX / (uint)TTile.Depth; row < 4 * (uint)TTile.RowThreads; row += (uint)(StepGroup.Threads / TTile.Depth))
        {
            int from = firstRow + (int)row;
            tile[(int)(d * (uint)OperandStride * 4 + row)] = from < rows && feature < features ? operand[from * features + feature] : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(int row, int unit, Float4 products)
    {
        if (row >= rows || unit >= step.Units)
            return;
        int i = row * step.Units + unit;
        Gates<Float32> sums = step.Sums(i);
        sums.A = new(sums.A.Value + products.X);
        if (CellSizes<TCell>.Recurrent > 1)
            sums.B = new(sums.B.Value + products.Y);
        if (CellSizes<TCell>.Recurrent > 2)
            sums.C = new(sums.C.Value + products.Z);
        if (CellSizes<TCell>.Recurrent > 3)
            sums.D = new(sums.D.Value + products.W);
        step.Finish(i, sums);
    }
}

/// <summary>The threads of a group that make a tile of a step.</summary>
internal static class StepGroup
{
    /// <summary>How many there are.</summary>
    public const int Threads = 256;
}

/// <summary>Adds up what the threads have that share rows and units.</summary>
internal static class SliceSum
{
    /// <summary>Adds the sums of all slices, in order; the first slice has the result.</summary>
    /// <typeparam name="TTile">How threads share the step.</typeparam>
    /// <param name="sums">This thread's.</param>
    /// <param name="slice">Its slice.</param>
    public static void Add<TTile>(ref Block4x4 sums, int slice)
        where TTile : struct, IStepTile
    {
        // A row at a time: all four would take as much shared memory as the tiles.
        ArrayView<Float4> room = SharedMemory.Allocate<Float4>(TTile.RowThreads * TTile.UnitThreads * TTile.Slices);
        AddRow<TTile>(room, ref sums.Row0, slice);
        AddRow<TTile>(room, ref sums.Row1, slice);
        AddRow<TTile>(room, ref sums.Row2, slice);
        AddRow<TTile>(room, ref sums.Row3, slice);
    }

    private static void AddRow<TTile>(ArrayView<Float4> room, ref Float4 row, int slice)
        where TTile : struct, IStepTile
    {
        int threads = TTile.RowThreads * TTile.UnitThreads;
        room[Group.IdxX] = row;
        Group.Barrier();
        if (slice == 0)
        {
            for (int other = 1; other < TTile.Slices; other++)
                row.Add(room[Group.IdxX + other * threads]);
        }

        Group.Barrier();
    }
}
