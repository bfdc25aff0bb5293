namespace MiniLstm.Kernels;

/// <summary>The kernels that multiply matrices, and with which tile: first the ladder, then those that are used.</summary>
internal enum ProductWay
{
    /// <summary>A thread for each result.</summary>
    Naive,

    /// <summary>Tiles of 16 x 16 in shared memory.</summary>
    Tiled,

    /// <summary>Tiles of 64 x 64, and of 4 x 4 in registers.</summary>
    RegisterTiled,

    /// <summary>Several threads for each result.</summary>
    Rows,

    /// <summary>Tiles of 32 x 64.</summary>
    Tile32x64,

    /// <summary>Tiles of 128 x 32.</summary>
    Tile128x32,

    /// <summary>Tiles of 64 x 64.</summary>
    Tile64x64,

    /// <summary>Tiles of 128 x 128.</summary>
    Tile128x128,
}

/// <summary>How a product is computed; from its shape alone, so that results are the same wherever and whenever it is computed.</summary>
/// <param name="Way">The kernel.</param>
/// <param name="Parts">How many parts K is split into; a second launch adds them, in order.</param>
internal readonly record struct ProductPlan(ProductWay Way, int Parts)
{
    private const int FewRows = 4;
    private const int SmallBatch = 64;
    private const int NarrowColumns = 32;

    // About as many groups as a large device has multiprocessors; with half as many, larger tiles are worth it.
    private const int ManyGroups = 128;

    // A split costs a launch, some microseconds: K must be long enough to save more.
    private const int LongSum = 512;
    private const int ShortestPart = 128;
    private const int MostParts = 64;

    /// <summary>Chooses.</summary>
    /// <param name="shape">The sizes of the product.</param>
    /// <param name="batch">How many there are.</param>
    /// <returns>The plan.</returns>
    public static ProductPlan Of(ProductShape shape, int batch)
    {
        ProductWay way = WayOf(shape, batch);
        long groups = Groups(way, shape, batch);
        long parts = shape.K < LongSum || groups > ManyGroups / 2
            ? 1
            : Math.Min(Math.Min(ManyGroups / groups, shape.K / ShortestPart), MostParts);
        return new(way, (int)parts);
    }

    /// <summary>How many groups of threads one part takes, for the ways that are used.</summary>
    public static long Groups(ProductWay way, ProductShape shape, int batch) => way switch
    {
        ProductWay.Rows => batch * shape.M * Cover(shape.N, MatMulRowsKernel.Columns(shape.IsTransposedB)),
        ProductWay.Tile32x64 => Tiles<SmallTile<Threads8x16>>(shape, batch),
        ProductWay.Tile128x32 => Tiles<SmallTile<Threads32x8>>(shape, batch),
        ProductWay.Tile64x64 => Tiles<SmallTile<Threads16x16>>(shape, batch),
        _ => Tiles<LargeTile>(shape, batch),
    };

    // Results that lie outside the matrix cost as much as others: hence the narrow tile, where 32 columns fit better than 64.
    private static ProductWay WayOf(ProductShape shape, int batch)
    {
        if (shape.M <= FewRows)
            return ProductWay.Rows;
        if (shape.M <= SmallBatch)
            return ProductWay.Tile32x64;
        if (shape.N <= 3 * NarrowColumns && Cover(shape.N, NarrowColumns) % 2 == 1)
            return ProductWay.Tile128x32;
        return Groups(ProductWay.Tile128x128, shape, batch) >= ManyGroups / 2 ? ProductWay.Tile128x128 : ProductWay.Tile64x64;
    }

    private static long Tiles<TTile>(ProductShape shape, int batch)
        where TTile : struct, IProductTile => batch * Cover(shape.M, TTile.Rows) * Cover(shape.N, TTile.Columns);

    // How many of a size cover so many.
    private static long Cover(int count, int size) => ((long)count + size - 1) / size;
}
