using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>One product of prepared rows and narrow weights, as <see cref="NarrowTile{TLanes, TFormat}"/> computes it.</summary>
internal unsafe struct NarrowProduct
{
    /// <summary>Half the length of the summed axis.</summary>
    public long Pairs;

    /// <summary>The prepared rows.</summary>
    public byte* A;

    /// <summary>Bytes from one to the next.</summary>
    public nint ARow;

    /// <summary>Their scales.</summary>
    public float* RowScales;

    /// <summary>The weights: for each pair of the summed axis, groups of sixteen columns side by side.</summary>
    public byte* B;

    /// <summary>Bytes from one pair to the next.</summary>
    public nint BPair;

    /// <summary>The scales of the columns.</summary>
    public float* ColumnScales;

    /// <summary>The result.</summary>
    public float* C;

    /// <summary>From one row of it to the next.</summary>
    public nint CRow;

    /// <summary>From one group of columns to the next.</summary>
    public nint CGroup;

    /// <summary>Whether to add to it.</summary>
    public bool Adds;
}

/// <summary>
/// The innermost loop of products with narrow weights: one row or four times up to four groups of sixteen columns stay in registers while one pair of
/// the summed axis after the other is read, made wide once for all rows, and multiplied. <see cref="Tile{TLanes}"/> is the same for float32.
/// </summary>
/// <typeparam name="TLanes">The lanes.</typeparam>
/// <typeparam name="TFormat">The form of the weights.</typeparam>
internal static unsafe class NarrowTile<TLanes, TFormat>
    where TLanes : struct, ILanes<TLanes>
    where TFormat : struct, IWeightFormat<TLanes>
{
    private const MethodImplOptions Hot = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Width = ILanes<TLanes>.Width;

    private static int GroupBytes => 2 * Width * TFormat.WeightBytes;

    private static int PairBytes => 2 * TFormat.ElementBytes;

    /// <summary>C (+)= A B for one tile.</summary>
    /// <param name="rows">1 or 4.</param>
    /// <param name="groups">1 to 4.</param>
    /// <param name="product">The product.</param>
    public static void Multiply(int rows, int groups, in NarrowProduct product)
    {
        switch (groups)
        {
            case 1:
                Multiply<One>(rows, product);
                break;
            case 2:
                Multiply<Two>(rows, product);
                break;
            case 3:
                Multiply<Three>(rows, product);
                break;
            default:
                Multiply<Four>(rows, product);
                break;
        }
    }

    private static void Multiply<TGroups>(int rows, in NarrowProduct product)
        where TGroups : struct, ICount
    {
        if (rows == 1)
            Multiply<One, TGroups>(product);
        else
            Multiply<Four, TGroups>(product);
    }

    [MethodImpl(Hot)]
    private static void Multiply<TRows, TGroups>(in NarrowProduct product)
        where TRows : struct, ICount
        where TGroups : struct, ICount
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes c00 = zero, c01 = zero, c02 = zero, c03 = zero;
        TLanes c10 = zero, c11 = zero, c12 = zero, c13 = zero;
        TLanes c20 = zero, c21 = zero, c22 = zero, c23 = zero;
        TLanes c30 = zero, c31 = zero, c32 = zero, c33 = zero;
        BeginRow<TGroups>(product, 0, ref c00, ref c01, ref c02, ref c03);
        if (TRows.Value > 1)
        {
            BeginRow<TGroups>(product, 1, ref c10, ref c11, ref c12, ref c13);
            BeginRow<TGroups>(product, 2, ref c20, ref c21, ref c22, ref c23);
            BeginRow<TGroups>(product, 3, ref c30, ref c31, ref c32, ref c33);
        }

        byte* a = product.A;
        byte* b = product.B;
        nint aRow = product.ARow;
        nint bPair = product.BPair;
        byte* a2 = a + 2 * aRow;
        for (long pairs = product.Pairs; pairs > 0; pairs--)
        {
            TLanes first1 = zero, first2 = zero, first3 = zero;
            TLanes second1 = zero, second2 = zero, second3 = zero;
            TLanes first0 = TFormat.Read(b, out TLanes second0);
            if (TGroups.Value > 1)
                first1 = TFormat.Read(b + GroupBytes, out second1);
            if (TGroups.Value > 2)
                first2 = TFormat.Read(b + 2 * GroupBytes, out second2);
            if (TGroups.Value > 3)
                first3 = TFormat.Read(b + 3 * GroupBytes, out second3);

            AddRow(a, ref c00, ref c01, ref c02, ref c03);
            if (TRows.Value > 1)
            {
                AddRow(a + aRow, ref c10, ref c11, ref c12, ref c13);
                AddRow(a2, ref c20, ref c21, ref c22, ref c23);
                AddRow(a2 + aRow, ref c30, ref c31, ref c32, ref c33);
            }

            a += PairBytes;
            a2 += PairBytes;
            b += bPair;

            [MethodImpl(Inline)]
            void AddRow(byte* row, ref TLanes c0, ref TLanes c1, ref TLanes c2, ref TLanes c3)
            {
                c0 = TFormat.Add(row, first0, second0, c0);
                if (TGroups.Value > 1)
                    c1 = TFormat.Add(row, first1, second1, c1);
                if (TGroups.Value > 2)
                    c2 = TFormat.Add(row, first2, second2, c2);
                if (TGroups.Value > 3)
                    c3 = TFormat.Add(row, first3, second3, c3);
            }
        }

        EndRow<TGroups>(product, 0, c00, c01, c02, c03);
        if (TRows.Value > 1)
        {
            EndRow<TGroups>(product, 1, c10, c11, c12, c13);
            EndRow<TGroups>(product, 2, c20, c21, c22, c23);
            EndRow<TGroups>(product, 3, c30, c31, c32, c33);
        }
    }

    [MethodImpl(Inline)]
    private static void BeginRow<TGroups>(in NarrowProduct product, int row, ref TLanes c0, ref TLanes c1, ref TLanes c2, ref TLanes c3)
        where TGroups : struct, ICount
    {
        c0 = TFormat.Begin(Old(product, row, 0));
        if (TGroups.Value > 1)
            c1 = TFormat.Begin(Old(product, row, 1));
        if (TGroups.Value > 2)
            c2 = TFormat.Begin(Old(product, row, 2));
        if (TGroups.Value > 3)
            c3 = TFormat.Begin(Old(product, row, 3));
    }

    [MethodImpl(Inline)]
    private static void EndRow<TGroups>(in NarrowProduct product, int row, TLanes c0, TLanes c1, TLanes c2, TLanes c3)
        where TGroups : struct, ICount
    {
        End(product, row, 0, c0);
        if (TGroups.Value > 1)
            End(product, row, 1, c1);
        if (TGroups.Value > 2)
            End(product, row, 2, c2);
        if (TGroups.Value > 3)
            End(product, row, 3, c3);
    }

    [MethodImpl(Inline)]
    private static void End(in NarrowProduct product, int row, int group, TLanes sum) =>
        TFormat.End(sum, Old(product, row, group), product.RowScales[row], product.ColumnScales + group * Width)
            .Store(product.C + row * product.CRow + group * product.CGroup);

    [MethodImpl(Inline)]
    private static TLanes Old(in NarrowProduct product, int row, int group) =>
        product.Adds ? TLanes.Load(product.C + row * product.CRow + group * product.CGroup) : TLanes.Broadcast(0);
}
