using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>A number that is part of a type: the compiler drops the branches it decides.</summary>
internal interface ICount
{
    static abstract int Value { get; }
}

internal readonly struct One : ICount
{
    public static int Value => 1;
}

internal readonly struct Two : ICount
{
    public static int Value => 2;
}

internal readonly struct Three : ICount
{
    public static int Value => 3;
}

internal readonly struct Four : ICount
{
    public static int Value => 4;
}

internal readonly struct Five : ICount
{
    public static int Value => 5;
}

internal readonly struct Six : ICount
{
    public static int Value => 6;
}

/// <summary>
/// The innermost loop of every matrix product: up to six rows times up to four vectors of columns of C stay in registers while one column of A
/// and one row of B after the other are multiplied and added. Written once for all sizes and all widths: the sizes are type arguments.
/// </summary>
/// <typeparam name="TLanes">The lanes.</typeparam>
internal static unsafe class Tile<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>The most rows of a tile.</summary>
    public const int MaximumRows = 6;

    private const MethodImplOptions Hot = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;
    private const int Width = ILanes<TLanes>.Width;

    /// <summary>C = from + A B for one tile; the products accumulate onto what is there in the order of k.</summary>
    /// <param name="rows">Rows of the tile, 1 to 6.</param>
    /// <param name="vectors">Vectors of columns, 1 to 4.</param>
    /// <param name="depth">The length of the summed axis.</param>
    /// <param name="a">First element of A.</param>
    /// <param name="aRow">From one row of A to the next.</param>
    /// <param name="aStep">From one element of the summed axis to the next.</param>
    /// <param name="b">Packed B: for each k, the vectors one after the other.</param>
    /// <param name="bStep">From one k to the next.</param>
    /// <param name="c">First element of C.</param>
    /// <param name="cRow">From one row of C to the next.</param>
    /// <param name="cVector">From one vector of C to the next.</param>
    /// <param name="from">What the products are added to: C itself, a row of biases, or nothing, null.</param>
    /// <param name="fromRow">From one row of it to the next; its vectors lie as those of C.</param>
    public static void Multiply(
        int rows, int vectors, long depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, nint cVector,
        float* from, nint fromRow)
    {
        switch (vectors)
        {
            case 1:
                Multiply<One>(rows, depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
            case 2:
                Multiply<Two>(rows, depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
            case 3:
                Multiply<Three>(rows, depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
            default:
                Multiply<Four>(rows, depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
        }
    }

    private static void Multiply<TVectors>(
        int rows, long depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, nint cVector,
        float* from, nint fromRow)
        where TVectors : struct, ICount
    {
        switch (rows)
        {
            case 1:
                Multiply<One, TVectors>(depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
            case 2:
                Multiply<Two, TVectors>(depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
            case 3:
                Multiply<Three, TVectors>(depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
            case 4:
                Multiply<Four, TVectors>(depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
            case 5:
                Multiply<Five, TVectors>(depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
            default:
                Multiply<Six, TVectors>(depth, a, aRow, aStep, b, bStep, c, cRow, cVector, from, fromRow);
                break;
        }
    }

    [MethodImpl(Hot)]
    private static void Multiply<TRows, TVectors>(
        long depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, nint cVector,
        float* from, nint fromRow)
        where TRows : struct, ICount
        where TVectors : struct, ICount
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes c00 = zero, c01 = zero, c02 = zero, c03 = zero;
        TLanes c10 = zero, c11 = zero, c12 = zero, c13 = zero;
        TLanes c20 = zero, c21 = zero, c22 = zero, c23 = zero;
        TLanes c30 = zero, c31 = zero, c32 = zero, c33 = zero;
        TLanes c40 = zero, c41 = zero, c42 = zero, c43 = zero;
        TLanes c50 = zero, c51 = zero, c52 = zero, c53 = zero;
        float* a3 = a + 3 * aRow;
        float* c3 = c + 3 * cRow;
        if (from is not null)
        {
            float* from3 = from + 3 * fromRow;
            LoadRow<TVectors>(from, cVector, ref c00, ref c01, ref c02, ref c03);
            if (TRows.Value > 1)
                LoadRow<TVectors>(from + fromRow, cVector, ref c10, ref c11, ref c12, ref c13);
            if (TRows.Value > 2)
                LoadRow<TVectors>(from + 2 * fromRow, cVector, ref c20, ref c21, ref c22, ref c23);
            if (TRows.Value > 3)
                LoadRow<TVectors>(from3, cVector, ref c30, ref c31, ref c32, ref c33);
            if (TRows.Value > 4)
                LoadRow<TVectors>(from3 + fromRow, cVector, ref c40, ref c41, ref c42, ref c43);
            if (TRows.Value > 5)
                LoadRow<TVectors>(from3 + 2 * fromRow, cVector, ref c50, ref c51, ref c52, ref c53);
        }

        for (; depth > 0; depth--)
        {
            TLanes b0 = TLanes.Load(b);
            TLanes b1 = TVectors.Value > 1 ? TLanes.Load(b + Width) : zero;
            TLanes b2 = TVectors.Value > 2 ? TLanes.Load(b + 2 * Width) : zero;
            TLanes b3 = TVectors.Value > 3 ? TLanes.Load(b + 3 * Width) : zero;
            AddRow<TVectors>(*a, b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
            if (TRows.Value > 1)
                AddRow<TVectors>(a[aRow], b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13);
            if (TRows.Value > 2)
                AddRow<TVectors>(a[2 * aRow], b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23);
            if (TRows.Value > 3)
                AddRow<TVectors>(*a3, b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33);
            if (TRows.Value > 4)
                AddRow<TVectors>(a3[aRow], b0, b1, b2, b3, ref c40, ref c41, ref c42, ref c43);
            if (TRows.Value > 5)
                AddRow<TVectors>(a3[2 * aRow], b0, b1, b2, b3, ref c50, ref c51, ref c52, ref c53);
            a += aStep;
            a3 += aStep;
            b += bStep;
        }

        StoreRow<TVectors>(c, cVector, c00, c01, c02, c03);
        if (TRows.Value > 1)
            StoreRow<TVectors>(c + cRow, cVector, c10, c11, c12, c13);
        if (TRows.Value > 2)
            StoreRow<TVectors>(c + 2 * cRow, cVector, c20, c21, c22, c23);
        if (TRows.Value > 3)
            StoreRow<TVectors>(c3, cVector, c30, c31, c32, c33);
        if (TRows.Value > 4)
            StoreRow<TVectors>(c3 + cRow, cVector, c40, c41, c42, c43);
        if (TRows.Value > 5)
            StoreRow<TVectors>(c3 + 2 * cRow, cVector, c50, c51, c52, c53);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadRow<TVectors>(float* from, nint cVector, ref TLanes c0, ref TLanes c1, ref TLanes c2, ref TLanes c3)
        where TVectors : struct, ICount
    {
        c0 = TLanes.Load(from);
        if (TVectors.Value > 1)
            c1 = TLanes.Load(from + cVector);
        if (TVectors.Value > 2)
            c2 = TLanes.Load(from + 2 * cVector);
        if (TVectors.Value > 3)
            c3 = TLanes.Load(from + 3 * cVector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TVectors>(
        float a, TLanes b0, TLanes b1, TLanes b2, TLanes b3, ref TLanes c0, ref TLanes c1, ref TLanes c2, ref TLanes c3)
        where TVectors : struct, ICount
    {
        TLanes x = TLanes.Broadcast(a);
        c0 = TLanes.MultiplyAdd(x, b0, c0);
        if (TVectors.Value > 1)
            c1 = TLanes.MultiplyAdd(x, b1, c1);
        if (TVectors.Value > 2)
            c2 = TLanes.MultiplyAdd(x, b2, c2);
        if (TVectors.Value > 3)
            c3 = TLanes.MultiplyAdd(x, b3, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TVectors>(float* c, nint cVector, TLanes c0, TLanes c1, TLanes c2, TLanes c3)
        where TVectors : struct, ICount
    {
        c0.Store(c);
        if (TVectors.Value > 1)
            c1.Store(c + cVector);
        if (TVectors.Value > 2)
            c2.Store(c + 2 * cVector);
        if (TVectors.Value > 3)
            c3.Store(c + 3 * cVector);
    }
}
