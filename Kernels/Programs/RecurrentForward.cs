using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// A step of a recurrent layer at once: the recurrent product, and in its epilogue the cell. A thread sums up all gates of one unit for four rows;
/// the sums of a cell are one quad, and never leave the group.
/// </summary>
/// <remarks>The product reads U as it is stored, [gates · units, features]: a tile of it goes into shared memory by feature, unit and gate, from where
/// a thread reads the four gates of its unit in one access, and four rows of h in another: sixteen multiplications for two reads. While the threads multiply
/// one tile, the next one is on its way into their registers.</remarks>
internal readonly struct ProductAndStepKernel<TCell, TTile>(StepKernel<TCell> step, StepProduct product, PlaceViews places) : IGroupKernel
    where TCell : struct, ICell<TCell>
    where TTile : struct, IStepTile
{
    private const int UnitThreads = StepGroup.Units;

    // How many features are in shared memory at a time.
    private const int Depth = 32;

    // A thread brings every second quad of its line of U: so many features further on.
    private const int NextQuad = 2 * Float4.Length;

    // From one feature to the next in the tiles, in quads: one more than there are, so that what a warp writes at once goes to different banks.
    private const int WeightStride = UnitThreads + 1;

    private static int OperandStride => TTile.RowThreads + 1;

    private static int Slices => StepGroup.Threads / (UnitThreads * TTile.RowThreads);

    public void Run()
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(Depth * (WeightStride + TTile.RowThreads + 1));
        ArrayView<Float4> weights = shared.SubView(0, Depth * WeightStride);
        ArrayView<Float4> operands = shared.SubView(Depth * WeightStride, Depth * OperandStride);
        uint thread = (uint)Group.IdxX;
        int unitThread = (int)(thread % UnitThreads);
        int rowThread = (int)(thread / UnitThreads % (uint)TTile.RowThreads);
        int slice = (int)(thread / (uint)(UnitThreads * TTile.RowThreads));
        int firstUnit = Grid.IdxX * UnitThreads;
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

        // Of U a thread brings quads of one line, of h one quad.
        int gate = (int)(thread / 2 % 4);
        int unitOfLine = (int)(thread / 8);
        int quadOfLine = (int)(thread % 2);
        bool isLine = gate < CellSizes<TCell>.Recurrent && firstUnit + unitOfLine < step.Units;
        int features = product.Length;
        int line = (gate * step.Units + firstUnit + unitOfLine) * features + 4 * quadOfLine;
        int lineEnds = isLine ? features - 4 * quadOfLine : 0;
        int rowInTile = (int)(thread % (4 * (uint)TTile.RowThreads));
        int quadOfRow = (int)(thread / (4 * (uint)TTile.RowThreads));
        bool isRow = firstRow + rowInTile < product.Rows && quadOfRow < Depth / 4;
        int rowPlace = isRow ? PlaceViews.At(places.Before, firstRow + rowInTile) * features + 4 * quadOfRow : 0;
        int rowEnds = isRow ? features - 4 * quadOfRow : 0;
        StepQuads next = Fetch(line, lineEnds, rowPlace, rowEnds, 0);
        for (int k = 0; k < features; k += Depth)
        {
            ArrayView<float> tile = weights.Cast<float>();
            int place = (4 * quadOfLine * WeightStride + unitOfLine) * 4 + gate;
            StepGroup.PutColumn(tile, place, 4 * WeightStride, next.Weight0);
            StepGroup.PutColumn(tile, place + NextQuad * 4 * WeightStride, 4 * WeightStride, next.Weight1);
            StepGroup.PutColumn(tile, place + 2 * NextQuad * 4 * WeightStride, 4 * WeightStride, next.Weight2);
            StepGroup.PutColumn(tile, place + 3 * NextQuad * 4 * WeightStride, 4 * WeightStride, next.Weight3);
            if (quadOfRow < Depth / 4)
                StepGroup.PutColumn(operands.Cast<float>(), 4 * quadOfRow * 4 * OperandStride + rowInTile, 4 * OperandStride, next.Row);
            Group.Barrier();
            next = Fetch(line, lineEnds, rowPlace, rowEnds, k + Depth);
            StepGroup.Multiply(ref sums, operands, OperandStride, rowThread, weights, WeightStride, unitThread, slice, Depth / Slices);
            Group.Barrier();
        }

        // Each thread takes cells side by side, one after another: as one loop, or the cell would be there as often as a thread has sums.
        int cells = 4 * TTile.RowThreads * UnitThreads;
        StepGroup.Share(shared, sums, (slice * TTile.RowThreads + rowThread) * 4 * UnitThreads + unitThread, UnitThreads);
        for (uint cell = thread; cell < (uint)cells; cell += StepGroup.Threads)
        {
            Float4 sum = shared[(int)cell];
            for (int other = 1; other < Slices; other++)
                sum.Add(shared[other * cells + (int)cell]);
            Finish(firstRow + (int)(cell / UnitThreads), firstUnit + (int)(cell % UnitThreads), sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private StepQuads Fetch(int line, int lineEnds, int row, int rowEnds, int k) => new()
    {
        Weight0 = product.Read(product.Weight, line + k, lineEnds - k),
        Weight1 = product.Read(product.Weight, line + k + NextQuad, lineEnds - k - NextQuad),
        Weight2 = product.Read(product.Weight, line + k + 2 * NextQuad, lineEnds - k - 2 * NextQuad),
        Weight3 = product.Read(product.Weight, line + k + 3 * NextQuad, lineEnds - k - 3 * NextQuad),
        Row = product.Read(product.Operand, row + k, rowEnds - k),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Float4 Begin(int row, int unit)
    {
        if (row >= product.Rows || unit >= step.Units)
            return default;
        Gates<Float32> sums = step.Sums(row * step.Units + unit);
        return new() { X = sums.A.Value, Y = sums.B.Value, Z = sums.C.Value, W = sums.D.Value };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(int row, int unit, Float4 sums)
    {
        if (row >= product.Rows || unit >= step.Units)
            return;
        int i = row * step.Units + unit;
        Gates<Float32> gates = new() { A = new(sums.X), B = new(sums.Y), C = new(sums.Z), D = new(sums.W) };
        if (!TCell.KeepsActivations)
            step.Keep(i, gates);
        step.Finish(i, PlaceViews.At(places.Before, row) * step.Units + unit, PlaceViews.At(places.After, row) * step.Units + unit, gates);
    }
}
