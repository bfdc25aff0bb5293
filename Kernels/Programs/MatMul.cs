using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>What a product is made of. Its result is [batch, parts, M, N], each part the sum over so many k.</summary>
/// <param name="C">The result.</param>
/// <param name="A">The left operand.</param>
/// <param name="B">The right operand.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Parts">How many parts K is split into.</param>
/// <param name="PartLength">How many k each has; the last one what is left.</param>
/// <param name="StoresQuads">Whether rows of the result consist of whole, aligned quads.</param>
/// <param name="Adds">Whether results are added to what is there.</param>
internal readonly record struct Product(
    ArrayView<float> C,
    ArrayView<float> A,
    ArrayView<float> B,
    ProductShape Shape,
    int Parts,
    int PartLength,
    Flag StoresQuads,
    Flag Adds);

/// <summary>
/// The last rung: c (+)= a b, a group for each tile of results, which its threads keep in registers. While they multiply one panel of both operands
/// in shared memory, the next is on its way from global memory.
/// </summary>
/// <typeparam name="TTile">The size of the tile.</typeparam>
/// <typeparam name="TLeft">How the left operand lies.</typeparam>
/// <typeparam name="TRight">How the right one lies.</typeparam>
/// <typeparam name="TAccess">How both are read.</typeparam>
/// <remarks>Groups are numbered along rows, then columns, parts, and the batch: a grid of one axis has no limits that matter. Each result is summed in
/// the order of k.</remarks>
internal readonly struct MatMulKernel<TTile, TLeft, TRight, TAccess>(Product product) : IGroupKernel
    where TTile : struct, IProductTile
    where TLeft : struct, IOperandLayout
    where TRight : struct, IOperandLayout
    where TAccess : struct, IQuadAccess
{
    private const int Depth = ProductPanel.Depth;

    public void Run()
    {
        int pitchOfA = ProductPanel.Pitch(TTile.Rows);
        int pitchOfB = ProductPanel.Pitch(TTile.Columns);
        ArrayView<float> panelsOfA = SharedMemory.Allocate<float>(2 * Depth * pitchOfA);
        ArrayView<float> panelsOfB = SharedMemory.Allocate<float>(2 * Depth * pitchOfB);

        ProductShape shape = product.Shape;
        int rowTiles = (shape.M + TTile.Rows - 1) / TTile.Rows;
        int columnTiles = (shape.N + TTile.Columns - 1) / TTile.Columns;
        int firstRow = Grid.IdxX % rowTiles * TTile.Rows;
        int firstColumn = Grid.IdxX / rowTiles % columnTiles * TTile.Columns;
        int result = Grid.IdxX / (rowTiles * columnTiles);
        int entry = result / product.Parts;
        int start = result % product.Parts * product.PartLength;
        int end = IntrinsicMath.Min(start + product.PartLength, shape.K);

        // Each operand is brought by as many threads as its panel has quads.
        int thread = Group.IdxX;
        bool bringsA = ProductPanel.Quads(TTile.Rows) == TTile.Threads || thread < ProductPanel.Quads(TTile.Rows);
        bool bringsB = ProductPanel.Quads(TTile.Columns) == TTile.Threads || thread < ProductPanel.Quads(TTile.Columns);
        var left = new ProductPanel<TLeft, TAccess>(
            product.A, entry * shape.M * shape.K, shape.M, shape.K, start, end, firstRow, TTile.Rows, thread);
        var right = new ProductPanel<TRight, TAccess>(
            product.B, entry * shape.N * shape.K, shape.N, shape.K, start, end, firstColumn, TTile.Columns, thread);
        if (bringsA)
            left.Put(panelsOfA, left.Fetch());
        if (bringsB)
            right.Put(panelsOfB, right.Fetch());
        Group.Barrier();

        // What the thread multiplies, from its first quads on.
        int rowQuad = TTile.RowQuad(thread);
        int columnQuad = TTile.ColumnQuad(thread);
        ArrayView<Float4> quadsOfA = panelsOfA.Cast<Float4>().SubView(rowQuad);
        ArrayView<Float4> quadsOfB = panelsOfB.Cast<Float4>().SubView(columnQuad);
        int stepOfA = pitchOfA / Float4.Length;
        int stepOfB = pitchOfB / Float4.Length;
        TTile tile = default;
        int full = 0;
        int k = start;
        for (; k + Depth < end; k += Depth)
        {
            Float4 nextOfA = default;
            Float4 nextOfB = default;
            if (bringsA)
                nextOfA = left.Fetch();
            if (bringsB)
                nextOfB = right.Fetch();

            // Written out: ILGPU unrolls no loop, and constant places become part of the instructions.
            ArrayView<Float4> fullOfA = quadsOfA.SubView(full * (Depth * stepOfA));
            ArrayView<Float4> fullOfB = quadsOfB.SubView(full * (Depth * stepOfB));
            tile.Step(fullOfA, fullOfB, 0);
            tile.Step(fullOfA, fullOfB, 1);
            tile.Step(fullOfA, fullOfB, 2);
            tile.Step(fullOfA, fullOfB, 3);
            tile.Step(fullOfA, fullOfB, 4);
            tile.Step(fullOfA, fullOfB, 5);
            tile.Step(fullOfA, fullOfB, 6);
            tile.Step(fullOfA, fullOfB, 7);

            full = 1 - full;
            if (bringsA)
                left.Put(panelsOfA.SubView(full * (Depth * pitchOfA)), nextOfA);
            if (bringsB)
                right.Put(panelsOfB.SubView(full * (Depth * pitchOfB)), nextOfB);
            Group.Barrier();
        }

        // The last panel, of which not all k may exist.
        int ahead = full * Depth - k;
        for (; k < end; k++)
            tile.Step(quadsOfA.SubView((k + ahead) * stepOfA), quadsOfB.SubView((k + ahead) * stepOfB), 0);

        var target = new ProductTarget(product, result);
        tile.Store(target, firstRow + rowQuad * Float4.Length, firstColumn + columnQuad * Float4.Length);
    }
}

/// <summary>
/// c (+)= a b for few rows, or one row of which K is long: a group for some columns of one row, n threads for each result. Each adds up every n-th
/// product, then the sums are added in order. Neighbouring threads read neighbouring elements of b: along K if it is transposed.
/// </summary>
internal readonly struct MatMulRowsKernel(Product product) : IGroupKernel
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    private const int Neighbours = 32;
    private const int Others = Threads / Neighbours;

    /// <summary>Columns of a group.</summary>
    public static int Columns(bool isTransposedB) => isTransposedB ? Others : Neighbours;

    public void Run()
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        ProductShape shape = product.Shape;
        int columns = shape.IsTransposedB ? Others : Neighbours;
        int sharers = Threads / columns;
        int columnGroups = (shape.N + columns - 1) / columns;
        int row = Grid.IdxX / columnGroups % shape.M;
        int result = Grid.IdxX / columnGroups / shape.M;
        int entry = result / product.Parts;
        int start = result % product.Parts * product.PartLength;
        int end = IntrinsicMath.Min(start + product.PartLength, shape.K);

        int thread = Group.IdxX;
        int sharer = shape.IsTransposedB ? thread % Neighbours : thread / Neighbours;
        int columnInGroup = shape.IsTransposedB ? thread / Neighbours : thread % Neighbours;
        int column = Grid.IdxX % columnGroups * columns + columnInGroup;
        int firstOfA = entry * shape.M * shape.K;
        int firstOfB = entry * shape.N * shape.K;
        float sum = 0;
        if (column < shape.N)
        {
            for (int k = start + sharer; k < end; k += sharers)
                sum += product.A[firstOfA + shape.PlaceInA(row, k)] * product.B[firstOfB + shape.PlaceInB(k, column)];
        }

        sums[columnInGroup * sharers + sharer] = sum;
        Group.Barrier();
        if (thread >= columns || Grid.IdxX % columnGroups * columns + thread >= shape.N)
            return;
        float all = 0;
        for (int i = 0; i < sharers; i++)
            all += sums[thread * sharers + i];
        int place = (result * shape.M + row) * shape.N + Grid.IdxX % columnGroups * columns + thread;
        Result.Put(ref product.C[place], all, product.Adds);
    }
}
