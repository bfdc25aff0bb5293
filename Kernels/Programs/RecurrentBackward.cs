using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// A step back at once: the product of the later step's gradients of sums with U, which is the gradient of the hidden state between the two, and in its
/// epilogue the derivative of the cell. A thread has four units of four rows.
/// </summary>
internal readonly struct ProductAndStepSlopeKernel<TCell, TTile>(
    StepSlopeKernel<TCell> step, ArrayView<float> later, ArrayView<float> weight, int rows) : IGroupKernel
    where TCell : struct, ICell<TCell>
    where TTile : struct, IStepTile
{
    // By hand, since ILGPU unrolls no loop.
    private const int Unrolled = 4;

    // One more than there are, so that neighbours along the sum lie in other banks.
    private static int SumStride => TTile.RowThreads + 1;

    public void Run()
    {
        ArrayView<Float4> weights = SharedMemory.Allocate<Float4>(TTile.Depth * TTile.UnitThreads);
        ArrayView<Float4> sumGradients = SharedMemory.Allocate<Float4>(TTile.Depth * (TTile.RowThreads + 1));
        uint thread = (uint)Group.IdxX;
        int unitThread = (int)(thread % (uint)TTile.UnitThreads);
        int rowThread = (int)(thread / (uint)TTile.UnitThreads % (uint)TTile.RowThreads);
        int slice = (int)(thread / (uint)(TTile.UnitThreads * TTile.RowThreads));
        int firstUnit = Grid.IdxX * 4 * TTile.UnitThreads;
        int firstRow = Grid.IdxY * 4 * TTile.RowThreads;
        int depth = CellSizes<TCell>.Recurrent * step.Units;

        // The sums begin with the gradient that is there: read now, it arrives while the first tiles do.
        Block4x4 sums = default;
        if (slice == 0)
        {
            int unit = firstUnit + 4 * unitThread;
            int row = firstRow + 4 * rowThread;
            sums.Row0 = Begin(row, unit);
            sums.Row1 = Begin(row + 1, unit);
            sums.Row2 = Begin(row + 2, unit);
            sums.Row3 = Begin(row + 3, unit);
        }

        for (int k = 0; k < depth; k += TTile.Depth)
        {
            LoadWeights(weights.Cast<float>(), firstUnit, k, depth);
            LoadGradients(sumGradients.Cast<float>(), firstRow, k, depth);
            Group.Barrier();
            int share = TTile.Depth / TTile.Slices;
            for (int d = slice * share; d < (slice + 1) * share; d += Unrolled)
            {
                ArrayView<Float4> dz = sumGradients.SubView(d * SumStride + rowThread, Unrolled * SumStride - rowThread);
                ArrayView<Float4> u = weights.SubView(d * TTile.UnitThreads + unitThread, Unrolled * TTile.UnitThreads - unitThread);
                sums.Add(dz[0], u[0]);
                sums.Add(dz[SumStride], u[TTile.UnitThreads]);
                sums.Add(dz[2 * SumStride], u[2 * TTile.UnitThreads]);
                sums.Add(dz[3 * SumStride], u[3 * TTile.UnitThreads]);
            }

            Group.Barrier();
        }

        int width = 4 * TTile.UnitThreads;
        int cells = 4 * TTile.RowThreads * width;
        ArrayView<float> parts = StepSums.Share<TTile>(sums, rowThread, unitThread, slice).Cast<float>();
        for (int cell = Group.IdxX; cell < cells; cell += StepGroup.Threads)
        {
            float sum = parts[cell];
            for (int other = 1; other < TTile.Slices; other++)
                sum += parts[other * cells + cell];
            Finish(firstRow + (int)((uint)cell / (uint)width), firstUnit + (int)((uint)cell % (uint)width), sum);
        }
    }

    // Neighbouring threads read neighbouring units.
    private void LoadWeights(ArrayView<float> tile, int firstUnit, int first, int depth)
    {
        uint width = 4 * (uint)TTile.UnitThreads;
        uint column = (uint)Group.IdxX % width;
        int unit = firstUnit + (int)column;
        for (uint d = (uint)Group.IdxX / width; d < (uint)TTile.Depth; d += StepGroup.Threads / width)
        {
            int k = first + (int)d;
            tile[(int)(d * width + column)] = unit < step.Units && k < depth ? weight[k * step.Units + unit] : 0;
        }
    }

    private void LoadGradients(ArrayView<float> tile, int firstRow, int first, int depth)
    {
        uint d = (uint)Group.IdxX % (uint)TTile.Depth;
        int k = first + (int)d;
        for (uint row = (uint)Group.IdxX / (uint)TTile.Depth; row < 4 * (uint)TTile.RowThreads; row += (uint)(StepGroup.Threads / TTile.Depth))
        {
            int from = firstRow + (int)row;
            tile[(int)(d * (uint)SumStride * 4 + row)] = from < rows && k < depth ? later[from * step.Units * CellSizes<TCell>.Gates + k] : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Float4 Begin(int row, int unit) => new()
    {
        X = GradientOf(row, unit),
        Y = GradientOf(row, unit + 1),
        Z = GradientOf(row, unit + 2),
        W = GradientOf(row, unit + 3),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float GradientOf(int row, int unit) => row < rows && unit < step.Units ? step.Gradient(row * step.Units + unit).H.Value : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(int row, int unit, float sum)
    {
        if (row >= rows || unit >= step.Units)
            return;
        int i = row * step.Units + unit;
        States<Float32> gradient = step.Gradient(i);
        gradient.H = new(sum);
        step.Finish(i, gradient);
    }
}
