using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// The last rung: c (+)= a b, a group for each tile of results, which its threads keep in registers. While they multiply one panel of both operands
/// in shared memory, the next is on its way from global memory.
/// </summary>
/// <typeparam name="TTile">The size of the tile.</typeparam>
/// <typeparam name="TLeft">How the left operand lies.</typeparam>
/// <typeparam name="TRight">How the right one lies.</typeparam>
/// <typeparam name="TAccess">How both are read.</typeparam>
/// <remarks>Groups are numbered along rows, then columns, parts of K, and the batch: c is [batch, parts, M, N], and each part a sum over so many k
/// (<paramref name="partLength"/>, a multiple of <see cref="ProductPanel.Depth"/>). Each result is summed in the order of k.</remarks>
internal readonly struct MatMulKernel<TTile, TLeft, TRight, TAccess>(
    ArrayView<float> c,
    ArrayView<float> a,
    ArrayView<float> b,
    ProductShape shape,
    int parts,
    int partLength,
    Flag storesQuads,
    Flag add) : IGroupKernel
    where TTile : struct, IProductTile
    where TLeft : struct, IOperandLayout
    where TRight : struct, IOperandLayout
    where TAccess : struct, IQuadAccess
{
    private const int Depth = ProductPanel.Depth;

    public void Run()
    {
        int panelOfA = Depth * ProductPanel.Pitch(TTile.Rows);
        int panelOfB = Depth * ProductPanel.Pitch(TTile.Columns);
        ArrayView<float> panelsOfA = SharedMemory.Allocate<float>(2 * panelOfA);
        ArrayView<float> panelsOfB = SharedMemory.Allocate<float>(2 * panelOfB);

        int rowTiles = (shape.M + TTile.Rows - 1) / TTile.Rows;
        int columnTiles = (shape.N + TTile.Columns - 1) / TTile.Columns;
        int firstRow = Grid.IdxX % rowTiles * TTile.Rows;
        int firstColumn = Grid.IdxX / rowTiles % columnTiles * TTile.Columns;
        int result = Grid.IdxX / (rowTiles * columnTiles);
        int entry = result / parts;
        int start = result % parts * partLength;
        int end = start + partLength < shape.K ? start + partLength : shape.K;

        // The right operand is brought by the last threads, for where few are needed for either.
        int thread = Group.IdxX;
        int fromEnd = TTile.Threads - 1 - thread;
        bool bringsLeft = ProductPanel.Quads(TTile.Rows) == TTile.Threads || thread < ProductPanel.Quads(TTile.Rows);
        bool bringsRight = ProductPanel.Quads(TTile.Columns) == TTile.Threads || fromEnd < ProductPanel.Quads(TTile.Columns);
        var left = new ProductPanel<TLeft, TAccess>(a, entry, new(shape.M, shape.K, end), firstRow, TTile.Rows, thread);
        var right = new ProductPanel<TRight, TAccess>(b, entry, new(shape.N, shape.K, end), firstColumn, TTile.Columns, fromEnd);
        if (bringsLeft)
            left.Put(panelsOfA, left.Fetch(start));
        if (bringsRight)
            right.Put(panelsOfB, right.Fetch(start));
        Group.Barrier();

        TTile tile = default;
        int rowQuad = TTile.RowQuad(thread);
        int columnQuad = TTile.ColumnQuad(thread);
        int full = 0;
        int k = start;
        for (; k + Depth < end; k += Depth)
        {
            Float4 nextOfA = default;
            Float4 nextOfB = default;
            if (bringsLeft)
                nextOfA = left.Fetch(k + Depth);
            if (bringsRight)
                nextOfB = right.Fetch(k + Depth);
            Multiply(
                ref tile,
                panelsOfA.Cast<Float4>().SubView(full * panelOfA / Float4.Length + rowQuad),
                panelsOfB.Cast<Float4>().SubView(full * panelOfB / Float4.Length + columnQuad));
            full = 1 - full;
            if (bringsLeft)
                left.Put(panelsOfA.SubView(full * panelOfA), nextOfA);
            if (bringsRight)
                right.Put(panelsOfB.SubView(full * panelOfB), nextOfB);
            Group.Barrier();
        }

        // The last panel, which may have fewer than eight.
        ArrayView<Float4> lastOfA = panelsOfA.Cast<Float4>().SubView(full * panelOfA / Float4.Length + rowQuad);
        ArrayView<Float4> lastOfB = panelsOfB.Cast<Float4>().SubView(full * panelOfB / Float4.Length + columnQuad);
        for (int rest = 0; rest < end - k; rest++)
            tile.Step(lastOfA, lastOfB, rest);

        var target = new ProductTarget(c, result * shape.M * shape.N, shape.M, shape.N, storesQuads, add);
        tile.Store(target, firstRow + rowQuad * Float4.Length, firstColumn + columnQuad * Float4.Length);
    }

    // Eight k, written out: ILGPU unrolls no loop.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(ref TTile tile, ArrayView<Float4> a, ArrayView<Float4> b)
    {
        tile.Step(a, b, 0);
        tile.Step(a, b, 1);
        tile.Step(a, b, 2);
        tile.Step(a, b, 3);
        tile.Step(a, b, 4);
        tile.Step(a, b, 5);
        tile.Step(a, b, 6);
        tile.Step(a, b, 7);
    }
}

/// <summary>Where the results of a product go: a matrix [rows, columns].</summary>
internal readonly struct ProductTarget(ArrayView<float> c, int first, int rows, int columns, Flag storesQuads, Flag add)
{
    /// <summary>Writes a quad of one row, as far as it lies within the matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(Float4 quad, int row, int column)
    {
        if (row >= rows || column >= columns)
            return;
        int place = first + row * columns + column;
        if (storesQuads)
        {
            Put(ref c.Cast<Float4>()[place / Float4.Length], quad);
            return;
        }

        Result.Put(ref c[place], quad.X, add);
        if (column + 1 < columns)
            Result.Put(ref c[place + 1], quad.Y, add);
        if (column + 2 < columns)
            Result.Put(ref c[place + 2], quad.Z, add);
        if (column + 3 < columns)
            Result.Put(ref c[place + 3], quad.W, add);
    }

    private void Put(ref Float4 to, Float4 quad)
    {
        if (add)
        {
            Float4 old = to;
            quad.X += old.X;
            quad.Y += old.Y;
            quad.Z += old.Z;
            quad.W += old.W;
        }

        to = quad;
    }
}
