using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>The matrix product.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public override void MatMul(View c, View a, bool transposeA, View b, bool transposeB, bool add)
    {
        ProductShape shape = ShapeOf(c, a, transposeA, transposeB);

        // One column of results is one row of the transposed product: cᵀ = bᵀ aᵀ, and neither vector changes.
        if (shape.N == 1 && shape.M > 1)
        {
            View row = c.As(c.Shape.Rank == 3 ? [c.Shape[0], 1, shape.M] : [1, shape.M]);
            MatMul(row, b, !transposeB, a, !transposeA, add);
            return;
        }

        if (IsForTensorCores(shape.M, shape.N, shape.K))
        {
            MultiplyOnTensorCores(c, a, b, shape, add);
            return;
        }

        ProductPlan plan = _runner.HasSlowThreads ? new(ProductWay.Naive, 1) : ProductPlan.Of(shape, BatchOf(c));
        MatMul(c, a, transposeA, b, transposeB, add, plan);
    }

    /// <summary>As the other, in a given way: for tests, and to measure what each rung of the ladder wins.</summary>
    internal void MatMul(View c, View a, bool transposeA, View b, bool transposeB, bool add, ProductPlan plan)
    {
        ProductShape shape = ShapeOf(c, a, transposeA, transposeB);
        Paths.Note("product", shape.M, shape.N, Describe(plan));
        if (plan.Parts == 1)
        {
            Multiply(c, a, b, shape, plan, add);
            return;
        }

        int batch = BatchOf(c);
        using Scratch parts = Pool.Scratch([batch, plan.Parts, shape.M, shape.N], "parts of a product");
        Multiply(parts.View, a, b, shape, plan, add: false);
        Sum(c, parts.View, new Axis(batch, plan.Parts, (long)shape.M * shape.N), 1, add);
    }

    private static ProductShape ShapeOf(View c, View a, bool transposeA, bool transposeB)
    {
        int rank = c.Shape.Rank;
        return new(c.Shape[rank - 2], c.Shape[rank - 1], a.Shape[transposeA ? rank - 2 : rank - 1], transposeA, transposeB);
    }

    private static int BatchOf(View c) => c.Shape.Rank == 2 ? 1 : c.Shape[0];

    private static string Describe(ProductPlan plan) => (plan.Way, plan.Parts > 1) switch
    {
        (ProductWay.Rows, false) => "several threads for each result",
        (ProductWay.Rows, true) => "several threads for each result, K in parts",
        (ProductWay.Tile32x64, false) => "tiles of 32 x 64",
        (ProductWay.Tile32x64, true) => "tiles of 32 x 64, K in parts",
        (ProductWay.Tile128x32, false) => "tiles of 128 x 32",
        (ProductWay.Tile128x32, true) => "tiles of 128 x 32, K in parts",
        (ProductWay.Tile64x64, false) => "tiles of 64 x 64",
        (ProductWay.Tile64x64, true) => "tiles of 64 x 64, K in parts",
        (ProductWay.Tile128x128, false) => "tiles of 128 x 128",
        (ProductWay.Tile128x128, true) => "tiles of 128 x 128, K in parts",
        (ProductWay.Naive, _) => "a thread for each result",
        _ => "a rung of the ladder",
    };

    // The result is [batch, parts, M, N], or without parts.
    private void Multiply(View c, View a, View b, ProductShape shape, ProductPlan plan, bool add)
    {
        int batch = BatchOf(c);
        int partLength = RoundUp((shape.K + plan.Parts - 1) / plan.Parts, ProductPanel.Depth);
        var product = new Product(
            Destination(c), Reals(a), Reals(b), shape, plan.Parts, partLength, HasWholeQuads(c), add);
        bool readsQuads = HasWholeQuads(a) && HasWholeQuads(b);
        switch (plan.Way)
        {
            case ProductWay.Naive:
                Launch(new NaiveMatMulKernel(product), c.Count);
                break;
            case ProductWay.Tiled:
                Launch(new TiledMatMulKernel(product), Squares(TiledMatMulKernel.Tile), TiledMatMulKernel.Tile * TiledMatMulKernel.Tile);
                break;
            case ProductWay.RegisterTiled:
                Launch(new RegisterTileMatMulKernel(product), Squares(RegisterTileMatMulKernel.Tile), RegisterTileMatMulKernel.Threads);
                break;
            case ProductWay.Rows:
                Launch(new MatMulRowsKernel(product), Groups(), MatMulRowsKernel.Threads);
                break;
            case ProductWay.Tile32x64:
                Multiply<SmallTile<Threads8x16>>(product, readsQuads, Groups());
                break;
            case ProductWay.Tile128x32:
                Multiply<SmallTile<Threads32x8>>(product, readsQuads, Groups());
                break;
            case ProductWay.Tile64x64:
                Multiply<SmallTile<Threads16x16>>(product, readsQuads, Groups());
                break;
            default:
                Multiply<LargeTile>(product, readsQuads, Groups());
                break;
        }

        Index3D Squares(int side) => new(RoundUp(shape.M, side) / side, RoundUp(shape.N, side) / side, batch);

        Index3D Groups() => new(checked((int)(plan.Parts * ProductPlan.Groups(plan.Way, shape, batch))), 1, 1);
    }

    private void Multiply<TTile>(in Product product, bool readsQuads, Index3D groups)
        where TTile : struct, IProductTile
    {
        if (product.Shape.IsTransposedA)
            Multiply<TTile, AcrossLines>(product, readsQuads, groups);
        else
            Multiply<TTile, AlongLines>(product, readsQuads, groups);
    }

    private void Multiply<TTile, TLeft>(in Product product, bool readsQuads, Index3D groups)
        where TTile : struct, IProductTile
        where TLeft : struct, IOperandLayout
    {
        if (product.Shape.IsTransposedB)
            Multiply<TTile, TLeft, AlongLines>(product, readsQuads, groups);
        else
            Multiply<TTile, TLeft, AcrossLines>(product, readsQuads, groups);
    }

    private void Multiply<TTile, TLeft, TRight>(in Product product, bool readsQuads, Index3D groups)
        where TTile : struct, IProductTile
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
    {
        if (readsQuads)
        {
            Launch(new MatMulKernel<TTile, TLeft, TRight, WholeQuads>(product), groups, TTile.Threads);
            return;
        }

        Paths.Note(
            "operands of a product",
            product.Shape.M,
            product.Shape.N,
            "read element by element, since rows or beginnings are no multiples of four elements");
        Launch(new MatMulKernel<TTile, TLeft, TRight, SingleElements>(product), groups, TTile.Threads);
    }

    // Buffers begin at multiples of 16 bytes and more; views within them anywhere.
    private static bool HasWholeQuads(View view) => view.Offset % Float4.Length == 0 && view.Columns % Float4.Length == 0;

    private static int RoundUp(int count, int size) => checked(Parts(count, size) * size);

    // How many parts of one size cover so many.
    private static int Parts(int count, int size) => checked(count + size - 1) / size;
}
