using System.Runtime.CompilerServices;

namespace MiniLstm.Kernels;

/// <summary>Four values side by side: what one access of 128 bits moves.</summary>
internal struct Four
{
    public float A;
    public float B;
    public float C;
    public float D;

    /// <summary>This += scale · x.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="x">The values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(float scale, Four x)
    {
        A += scale * x.A;
        B += scale * x.B;
        C += scale * x.C;
        D += scale * x.D;
    }

    /// <summary>This += x.</summary>
    /// <param name="x">The values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Four x)
    {
        A += x.A;
        B += x.B;
        C += x.C;
        D += x.D;
    }
}

/// <summary>Four rows of four values: the results of one thread, in registers.</summary>
internal struct FourByFour
{
    public Four A;
    public Four B;
    public Four C;
    public Four D;

    /// <summary>This += column · row.</summary>
    /// <param name="column">The values by which the four rows are scaled.</param>
    /// <param name="row">The row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Four column, Four row)
    {
        A.AddProduct(column.A, row);
        B.AddProduct(column.B, row);
        C.AddProduct(column.C, row);
        D.AddProduct(column.D, row);
    }
}
