using System.Runtime.CompilerServices;

namespace MiniLstm.Kernels;

/// <summary>4 x 4 results of one thread, in sixteen registers.</summary>
internal struct Block4x4
{
    public Float4 Row0;
    public Float4 Row1;
    public Float4 Row2;
    public Float4 Row3;

    /// <summary>Adds the products of four elements with four.</summary>
    /// <param name="a">One element for each row.</param>
    /// <param name="b">One for each column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Float4 a, Float4 b)
    {
        Row0.AddProduct(a.X, b);
        Row1.AddProduct(a.Y, b);
        Row2.AddProduct(a.Z, b);
        Row3.AddProduct(a.W, b);
    }

    /// <summary>Writes them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ProductTarget to, int row, int column)
    {
        to.Put(Row0, row, column);
        to.Put(Row1, row + 1, column);
        to.Put(Row2, row + 2, column);
        to.Put(Row3, row + 3, column);
    }
}
