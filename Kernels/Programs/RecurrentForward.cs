using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// A step of a recurrent layer at once: the recurrent product, and in its epilogue the cell. A thread sums up all gates of one unit for four rows;
/// the sums of a cell are one quad, and never leave the group.
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

        // The sums begin with what is there: read now, it arrives while the first tiles do.
        Block4x4 sums = default;
        if (slice == 0)
        {
            int unit = firstUnit + unitThread;
            int row = firstRow + 4 * rowThread;
            sums.Row0 = Begin(row, unit);
            sums.Row1 = Begin(row + 1, unit);
            sums.Row2 = Begin(row + 2, unit);
            sums.Row3 = Begin(row + 3, unit);
        }

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

        // Each thread takes cells side by side, one after another: as one loop, or the cell would be there as often as a thread has sums.
        int cells = 4 * TTile.RowThreads * TTile.UnitThreads;
        ArrayView<Float4> parts = StepSums.Share<TTile>(sums, rowThread, unitThread, slice);
        for (int cell = Group.IdxX; cell < cells; cell += StepGroup.Threads)
        {
            Float4 sum = parts[cell];
            for (int other = 1; other < TTile.Slices; other++)
                sum.Add(parts[other * cells + cell]);
            Finish(firstRow + (int)((uint)cell / (uint)TTile.UnitThreads), firstUnit + (int)((uint)cell % (uint)TTile.UnitThreads), sum);
        }
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
    private Float4 Begin(int row, int unit)
    {
        if (row >= rows || unit >= step.Units)
            return default;
        Gates<Float32> sums = step.Sums(row * step.Units + unit);
        return new() { X = sums.A.Value, Y = sums.B.Value, Z = sums.C.Value, W = sums.D.Value };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(int row, int unit, Float4 sums)
    {
        if (row >= rows || unit >= step.Units)
            return;
        step.Finish(row * step.Units + unit, new() { A = new(sums.X), B = new(sums.Y), C = new(sums.Z), D = new(sums.W) });
    }
}

/// <summary>The threads of a group that make a tile of a step.</summary>
internal static class StepGroup
{
    /// <summary>How many there are.</summary>
    public const int Threads = 256;
}

/// <summary>What the threads of a group have summed up, for whichever of them goes on with it.</summary>
internal static class StepSums
{
    /// <summary>Puts the sums of all threads into shared memory, [slices, rows, columns of quads], and waits until all are there.</summary>
    /// <typeparam name="TTile">How threads share the step.</typeparam>
    /// <param name="sums">This thread's.</param>
    /// <param name="rowThread">Its place along the rows.</param>
    /// <param name="unitThread">Its place along the units.</param>
    /// <param name="slice">Its slice.</param>
    /// <returns>The sums of all.</returns>
    public static ArrayView<Float4> Share<TTile>(in Block4x4 sums, int rowThread, int unitThread, int slice)
        where TTile : struct, IStepTile
    {
        ArrayView<Float4> parts = SharedMemory.Allocate<Float4>(4 * StepGroup.Threads);
        int place = ((slice * TTile.RowThreads + rowThread) * 4 * TTile.UnitThreads) + unitThread;
        parts[place] = sums.Row0;
        parts[place + TTile.UnitThreads] = sums.Row1;
        parts[place + 2 * TTile.UnitThreads] = sums.Row2;
        parts[place + 3 * TTile.UnitThreads] = sums.Row3;
        Group.Barrier();
        return parts;
    }
}
