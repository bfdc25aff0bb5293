using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniLstm.Engine;

/// <summary>Rows that become columns, four values of each at a time: to[j, i] = from[i, j].</summary>
internal static unsafe class Transposition
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Rows = 16;

    /// <summary>Sixteen rows.</summary>
    /// <param name="to">Four rows of sixteen values.</param>
    /// <param name="toRow">From one of them to the next.</param>
    /// <param name="from">Sixteen rows of four values.</param>
    /// <param name="fromRow">From one of them to the next.</param>
    [MethodImpl(Inline)]
    public static void FourColumns(float* to, long toRow, float* from, long fromRow)
    {
        if (!Avx.IsSupported)
        {
            for (int i = 0; i < Rows; i += 4)
                FourRows(to + i, toRow, from + i * fromRow, fromRow);
            return;
        }

        // Vectors of 512 bits gain nothing: the rows come four values at a time.
        EightRows(to, toRow, from, fromRow);
        EightRows(to + 8, toRow, from + 8 * fromRow, fromRow);
    }

    /// <summary>Four rows, without any vectors to read.</summary>
    [MethodImpl(Inline)]
    public static void FourRows(float* to, long toRow, float* from, long fromRow)
    {
        float* third = from + 2 * fromRow;
        for (int j = 0; j < 4; j++)
            Vector128.Create(from[j], from[fromRow + j], third[j], third[fromRow + j]).Store(to + j * toRow);
    }

    // Of four vectors, each with a row and the fourth after it in its halves, the halves are transposed like matrices of four by four.
    [MethodImpl(Inline)]
    private static void EightRows(float* to, long toRow, float* from, long fromRow)
    {
        Vector256<float> a = RowAndFourthAfter(from, fromRow);
        Vector256<float> b = RowAndFourthAfter(from + fromRow, fromRow);
        Vector256<float> c = RowAndFourthAfter(from + 2 * fromRow, fromRow);
        Vector256<float> d = RowAndFourthAfter(from + 3 * fromRow, fromRow);
        Vector256<double> lowAB = Avx.UnpackLow(a, b).AsDouble();
        Vector256<double> lowCD = Avx.UnpackLow(c, d).AsDouble();
        Vector256<double> highAB = Avx.UnpackHigh(a, b).AsDouble();
        Vector256<double> highCD = Avx.UnpackHigh(c, d).AsDouble();
        Avx.UnpackLow(lowAB, lowCD).AsSingle().Store(to);
        Avx.UnpackHigh(lowAB, lowCD).AsSingle().Store(to + toRow);
        Avx.UnpackLow(highAB, highCD).AsSingle().Store(to + 2 * toRow);
        Avx.UnpackHigh(highAB, highCD).AsSingle().Store(to + 3 * toRow);
    }

    [MethodImpl(Inline)]
    private static Vector256<float> RowAndFourthAfter(float* from, long fromRow) =>
        Vector256.Create(Vector128.Load(from), Vector128.Load(from + 4 * fromRow));
}
