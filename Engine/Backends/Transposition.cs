using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniLstm.Engine;

/// <summary>Rows that become columns, four values of each at a time: to[j, i] = from[i, j].</summary>
internal static unsafe class Transposition
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Sixteen rows, with AVX-512. Of four vectors, each with every fourth row in its quarters, the quarters are transposed like matrices of
    /// four by four.</summary>
    [MethodImpl(Inline)]
    public static void SixteenRows(float* to, long toRow, float* from, long fromRow)
    {
        Vector512<float> a = EveryFourthOf16(from, fromRow);
        Vector512<float> b = EveryFourthOf16(from + fromRow, fromRow);
        Vector512<float> c = EveryFourthOf16(from + 2 * fromRow, fromRow);
        Vector512<float> d = EveryFourthOf16(from + 3 * fromRow, fromRow);
        Vector512<double> lowAB = Avx512F.UnpackLow(a, b).AsDouble();
        Vector512<double> lowCD = Avx512F.UnpackLow(c, d).AsDouble();
        Vector512<double> highAB = Avx512F.UnpackHigh(a, b).AsDouble();
        Vector512<double> highCD = Avx512F.UnpackHigh(c, d).AsDouble();
        Avx512F.UnpackLow(lowAB, lowCD).AsSingle().Store(to);
        Avx512F.UnpackHigh(lowAB, lowCD).AsSingle().Store(to + toRow);
        Avx512F.UnpackLow(highAB, highCD).AsSingle().Store(to + 2 * toRow);
        Avx512F.UnpackHigh(highAB, highCD).AsSingle().Store(to + 3 * toRow);
    }

    /// <summary>Eight rows, with AVX.</summary>
    [MethodImpl(Inline)]
    public static void EightRows(float* to, long toRow, float* from, long fromRow)
    {
        Vector256<float> a = EveryFourthOf8(from, fromRow);
        Vector256<float> b = EveryFourthOf8(from + fromRow, fromRow);
        Vector256<float> c = EveryFourthOf8(from + 2 * fromRow, fromRow);
        Vector256<float> d = EveryFourthOf8(from + 3 * fromRow, fromRow);
        Vector256<double> lowAB = Avx.UnpackLow(a, b).AsDouble();
        Vector256<double> lowCD = Avx.UnpackLow(c, d).AsDouble();
        Vector256<double> highAB = Avx.UnpackHigh(a, b).AsDouble();
        Vector256<double> highCD = Avx.UnpackHigh(c, d).AsDouble();
        Avx.UnpackLow(lowAB, lowCD).AsSingle().Store(to);
        Avx.UnpackHigh(lowAB, lowCD).AsSingle().Store(to + toRow);
        Avx.UnpackLow(highAB, highCD).AsSingle().Store(to + 2 * toRow);
        Avx.UnpackHigh(highAB, highCD).AsSingle().Store(to + 3 * toRow);
    }

    /// <summary>Four rows.</summary>
    [MethodImpl(Inline)]
    public static void FourRows(float* to, long toRow, float* from, long fromRow)
    {
        float* third = from + 2 * fromRow;
        for (int j = 0; j < 4; j++)
            Vector128.Create(from[j], from[fromRow + j], third[j], third[fromRow + j]).Store(to + j * toRow);
    }

    [MethodImpl(Inline)]
    private static Vector512<float> EveryFourthOf16(float* from, long fromRow) =>
        Vector512.Create(EveryFourthOf8(from, fromRow), EveryFourthOf8(from + 8 * fromRow, fromRow));

    [MethodImpl(Inline)]
    private static Vector256<float> EveryFourthOf8(float* from, long fromRow) =>
        Vector256.Create(Vector128.Load(from), Vector128.Load(from + 4 * fromRow));
}
