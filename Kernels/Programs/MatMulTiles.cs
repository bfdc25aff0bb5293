using System.Runtime.CompilerServices;
using ILGPU;

namespace MiniLstm.Kernels;

/// <summary>
/// The results that one thread of a product computes, in registers, and how many threads do so side by side: together the tile of a group. A thread
/// has one block of 4 x 4 results, or two by two that lie half a tile apart, so that neighbouring threads read neighbouring quads.
/// </summary>
internal interface IProductTile
{
    /// <summary>Rows of the group's tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of the group's tile.</summary>
    static abstract int Columns { get; }

    /// <summary>Threads of the group. Each brings at most one quad of either operand, so neither 2 Rows nor 2 Columns is more.</summary>
    static abstract int Threads { get; }

    /// <summary>Which quad of rows is the thread's first.</summary>
    static abstract int RowQuad(int thread);

    /// <summary>Which quad of columns is the thread's first.</summary>
    static abstract int ColumnQuad(int thread);

    /// <summary>Adds the products of one k.</summary>
    /// <param name="a">The left operand's panel, from the thread's first quad on.</param>
    /// <param name="b">The right operand's.</param>
    /// <param name="k">Which k of the panel; a constant, that it may become part of the instruction.</param>
    void Step(ArrayView<Float4> a, ArrayView<Float4> b, int k);

    /// <summary>Writes the results.</summary>
    /// <param name="to">Where.</param>
    /// <param name="row">The row of the first.</param>
    /// <param name="column">Its column.</param>
    void Store(ProductTarget to, int row, int column);
}

/// <summary>128 x 128 results by 256 threads, each 8 x 8: for large products. Of its loop nine instructions in ten multiply and add.</summary>
internal struct LargeTile : IProductTile
{
    private const int Side = 16;

    private Block4x8 _upper;
    private Block4x8 _lower;

    public static int Rows => 8 * Side;

    public static int Columns => 8 * Side;

    public static int Threads => Side * Side;

    public static int RowQuad(int thread) => thread / Side;

    public static int ColumnQuad(int thread) => thread % Side;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ArrayView<Float4> a, ArrayView<Float4> b, int k)
    {
        int first = k * (ProductPanel.Pitch(8 * Side) / Float4.Length);
        Float4 a0 = a[first];
        Float4 a1 = a[first + Side];
        Float4 b0 = b[first];
        Float4 b1 = b[first + Side];
        _upper.Add(a0, b0, b1);
        _lower.Add(a1, b0, b1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ProductTarget to, int row, int column)
    {
        const int half = 4 * Side;
        _upper.Store(to, row, column, half);
        _lower.Store(to, row + half, column, half);
    }
}

/// <summary>So many rows and columns of threads, each 4 x 4 results: for products that have too few large tiles to occupy a device.</summary>
/// <typeparam name="TThreads">How the threads lie.</typeparam>
internal struct SmallTile<TThreads> : IProductTile
    where TThreads : struct, IThreadGrid
{
    private Block4x4 _block;

    public static int Rows => 4 * TThreads.Rows;

    public static int Columns => 4 * TThreads.Columns;

    public static int Threads => TThreads.Rows * TThreads.Columns;

    public static int RowQuad(int thread) => thread / TThreads.Columns;

    public static int ColumnQuad(int thread) => thread % TThreads.Columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ArrayView<Float4> a, ArrayView<Float4> b, int k) => _block.Add(
        a[k * (ProductPanel.Pitch(4 * TThreads.Rows) / Float4.Length)],
        b[k * (ProductPanel.Pitch(4 * TThreads.Columns) / Float4.Length)]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ProductTarget to, int row, int column) => _block.Store(to, row, column);
}

/// <summary>How the threads of a tile lie.</summary>
internal interface IThreadGrid
{
    /// <summary>Rows of threads.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of threads.</summary>
    static abstract int Columns { get; }
}

/// <summary>A tile of 64 x 64.</summary>
internal readonly struct Threads16x16 : IThreadGrid
{
    public static int Rows => 16;

    public static int Columns => 16;
}

/// <summary>A tile of 32 x 64, for small batches.</summary>
internal readonly struct Threads8x16 : IThreadGrid
{
    public static int Rows => 8;

    public static int Columns => 16;
}

/// <summary>A tile of 128 x 32, for few columns.</summary>
internal readonly struct Threads32x8 : IThreadGrid
{
    public static int Rows => 32;

    public static int Columns => 8;
}

/// <summary>4 x 8 results, in 32 registers.</summary>
internal struct Block4x8
{
    private Float4 _row0;
    private Float4 _row0Right;
    private Float4 _row1;
    private Float4 _row1Right;
    private Float4 _row2;
    private Float4 _row2Right;
    private Float4 _row3;
    private Float4 _row3Right;

    /// <summary>Adds the products of four elements with eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Float4 a, Float4 b, Float4 bRight)
    {
        _row0.AddProduct(a.X, b);
        _row0Right.AddProduct(a.X, bRight);
        _row1.AddProduct(a.Y, b);
        _row1Right.AddProduct(a.Y, bRight);
        _row2.AddProduct(a.Z, b);
        _row2Right.AddProduct(a.Z, bRight);
        _row3.AddProduct(a.W, b);
        _row3Right.AddProduct(a.W, bRight);
    }

    /// <summary>Writes them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ProductTarget to, int row, int column, int right)
    {
        to.Put(_row0, row, column);
        to.Put(_row1, row + 1, column);
        to.Put(_row2, row + 2, column);
        to.Put(_row3, row + 3, column);
        to.Put(_row0Right, row, column + right);
        to.Put(_row1Right, row + 1, column + right);
        to.Put(_row2Right, row + 2, column + right);
        to.Put(_row3Right, row + 3, column + right);
    }
}
