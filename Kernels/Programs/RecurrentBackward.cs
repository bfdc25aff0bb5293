using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// A step back at once: the product of the later step's gradients of sums with U, which is the gradient of the hidden state between the two, and in its
/// epilogue the derivative of the cell. A thread sums up four units of four rows.
/// </summary>
internal readonly struct ProductAndStepSlopeKernel<TCell, TTile>(StepSlopeKernel<TCell> step, StepProduct product, PlaceViews places) : IGroupKernel
    where TCell : struct, ICell<TCell>
    where TTile : struct, IStepTile
{
    private const int UnitThreads = StepGroup.Units / 4;

    // How many gates a thread's quads of U are apart: all threads together bring so many at once.
    private const int NextQuad = StepGroup.Threads / UnitThreads;

    private static int Slices => StepGroup.Threads / (UnitThreads * TTile.RowThreads);

    // How many gates are in shared memory at a time: of each row a thread brings one quad.
    private static int Depth => StepGroup.Threads / TTile.RowThreads;

    // One more than there are, so that neighbours along the sum lie in other banks.
    private static int RowStride => TTile.RowThreads + 1;

    public void Run()
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(StepGroup.QuadsBack(TTile.RowThreads));
        ArrayView<Float4> weights = shared.SubView(0, Depth * UnitThreads);
        ArrayView<Float4> gradients = shared.SubView(Depth * UnitThreads, Depth * RowStride);
        uint thread = (uint)Group.IdxX;
        int unitThread = (int)(thread % UnitThreads);
        int rowThread = (int)(thread / UnitThreads % (uint)TTile.RowThreads);
        int slice = (int)(thread / (uint)(UnitThreads * TTile.RowThreads));
        int firstUnit = Grid.IdxX * StepGroup.Units;
        int firstRow = Grid.IdxY * 4 * TTile.RowThreads;

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

        // Of U a thread brings a quad of units of every NextQuad-th gate, of the gradients one quad of a row.
        int gate = (int)(thread / UnitThreads);
        int column = firstUnit + 4 * unitThread;
        int rowInTile = (int)(thread % (4 * (uint)TTile.RowThreads));
        int quadOfRow = (int)(thread / (4 * (uint)TTile.RowThreads));
        int laterRow = firstRow + rowInTile < product.Rows ? PlaceViews.At(places.Later, firstRow + rowInTile) : -1;
        int rowPlace = laterRow * step.Units * CellSizes<TCell>.Gates + 4 * quadOfRow;
        int rowEnds = laterRow < 0 ? 0 : product.Length - 4 * quadOfRow;
        StepQuads next = Fetch(gate, column, rowPlace, rowEnds, 0);
        for (int k = 0; k < product.Length; k += Depth)
        {
            weights[Group.IdxX] = next.Weight0;
            if (Depth > NextQuad)
                weights[Group.IdxX + StepGroup.Threads] = next.Weight1;
            if (Depth > 2 * NextQuad)
            {
                weights[Group.IdxX + 2 * StepGroup.Threads] = next.Weight2;
                weights[Group.IdxX + 3 * StepGroup.Threads] = next.Weight3;
            }

            StepGroup.PutColumn(gradients.Cast<float>(), 4 * quadOfRow * 4 * RowStride + rowInTile, 4 * RowStride, next.Row);
            Group.Barrier();
            next = Fetch(gate, column, rowPlace, rowEnds, k + Depth);
            StepGroup.Multiply(ref sums, gradients, RowStride, rowThread, weights, UnitThreads, unitThread, slice, Depth / Slices);
            Group.Barrier();
        }

        // Each thread takes cells side by side, one after another: as one loop, or the derivative would be there as often as a thread has sums.
        StepGroup.Share(shared, sums, (slice * TTile.RowThreads + rowThread) * 4 * UnitThreads + unitThread, UnitThreads);
        ArrayView<float> parts = shared.Cast<float>();
        int cells = 4 * TTile.RowThreads * StepGroup.Units;
        for (uint cell = thread; cell < (uint)cells; cell += StepGroup.Threads)
        {
            float sum = parts[(int)cell];
            for (int other = 1; other < Slices; other++)
                sum += parts[other * cells + (int)cell];
            Finish(firstRow + (int)(cell / StepGroup.Units), firstUnit + (int)(cell % StepGroup.Units), sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private StepQuads Fetch(int gate, int column, int row, int rowEnds, int k)
    {
        StepQuads fetched = default;
        fetched.Weight0 = FetchWeight(k + gate, column);
        if (Depth > NextQuad)
            fetched.Weight1 = FetchWeight(k + gate + NextQuad, column);
        if (Depth > 2 * NextQuad)
        {
            fetched.Weight2 = FetchWeight(k + gate + 2 * NextQuad, column);
            fetched.Weight3 = FetchWeight(k + gate + 3 * NextQuad, column);
        }

        fetched.Row = product.Read(product.Operand, row + k, rowEnds - k);
        return fetched;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Float4 FetchWeight(int gate, int column) =>
        product.Read(product.Weight, gate * step.Units + column, gate < product.Length ? step.Units - column : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Float4 Begin(int row, int unit) => new()
    {
        X = GradientOf(row, unit),
        Y = GradientOf(row, unit + 1),
        Z = GradientOf(row, unit + 2),
        W = GradientOf(row, unit + 3),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float GradientOf(int row, int unit) => row < product.Rows && unit < step.Units
        ? step.HiddenGradient(PlaceViews.At(places.After, row) * step.Units + unit)
        : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(int row, int unit, float sum)
    {
        if (row >= product.Rows || unit >= step.Units)
            return;
        step.Finish(
            row * step.Units + unit,
            PlaceViews.At(places.Before, row) * step.Units + unit,
            PlaceViews.At(places.CellBefore, row) * step.Units + unit,
            new() { H = new(sum), C = new(step.CellGradient(PlaceViews.At(places.CellAfter, row) * step.Units + unit)) });
    }
}
