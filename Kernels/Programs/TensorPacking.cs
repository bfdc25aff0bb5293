using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// Packs an operand for tensor cores: row by row along K, rounded to the format, with zeros up to whole tiles. A group has a square of 32 words of 32
/// rows; a transposed operand is turned in shared memory, so that neighbouring threads read neighbours and write neighbours.
/// </summary>
/// <param name="to">[packed rows, words of a row].</param>
/// <param name="from">[rows, depth], transposed [depth, rows].</param>
/// <param name="rows">M of the left operand, N of the right one.</param>
/// <param name="depth">K.</param>
/// <param name="wordsOfRow">Words of a packed row.</param>
/// <param name="isTransposed">How the operand lies.</param>
internal readonly struct TensorPackKernel<TFormat>(
    ArrayView<int> to, ArrayView<float> from, int rows, int depth, int wordsOfRow, Flag isTransposed) : IGroupKernel
    where TFormat : struct, ITensorFormat
{
    private const int Side = TensorPacking.Side;
    private const int Step = TensorPacking.Threads / Side;

    // A word more than there are, so that a column lies in different banks.
    private const int Pitch = Side + 1;

    private const int ExponentBits = 0x7F800000;
    private const int MantissaBits = 0x007FFFFF;
    private const int QuietBit = 0x00400000;

    public void Run()
    {
        ArrayView<int> square = SharedMemory.Allocate<int>(Side * Pitch);
        int squares = (wordsOfRow + Side - 1) / Side;
        int firstRow = Grid.IdxX / squares * Side;
        int firstWord = Grid.IdxX % squares * Side;
        int lane = (int)((uint)Group.IdxX % Side);
        int start = (int)((uint)Group.IdxX / Side);
        if (isTransposed)
        {
            for (int word = start; word < Side; word += Step)
                square[lane * Pitch + word] = Word(firstRow + lane, firstWord + word);
            Group.Barrier();
        }

        if (firstWord + lane >= wordsOfRow)
            return;
        for (int row = start; row < Side; row += Step)
        {
            ref int place = ref to[(firstRow + row) * wordsOfRow + firstWord + lane];
            if (isTransposed)
                place = square[row * Pitch + lane];
            else
                place = Word(firstRow + row, firstWord + lane);
        }
    }

    private int Word(int row, int word) => TFormat.IsPair
        ? (BFloat16(row, 2 * word + 1) << 16) | BFloat16(row, 2 * word)
        : RoundedBits(Bits(row, word), 13);

    private int BFloat16(int row, int k) => (int)((uint)RoundedBits(Bits(row, k), 16) >> 16);

    private int Bits(int row, int k)
    {
        if (row >= rows || k >= depth)
            return 0;
        return BitConverter.SingleToInt32Bits(from[isTransposed ? k * rows + row : row * depth + k]);
    }

    // To nearest, ties to even, in the bits that stay. Infinity stays what it is, and so does NaN: its upmost digit is set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RoundedBits(int bits, int dropped)
    {
        int mask = -1 << dropped;
        if ((bits & ExponentBits) == ExponentBits)
            return (bits & MantissaBits) == 0 ? bits : (bits | QuietBit) & mask;
        int half = (1 << (dropped - 1)) - 1 + ((bits >> dropped) & 1);
        return (bits + half) & mask;
    }
}

/// <summary>The sizes of a group's share of packing.</summary>
internal static class TensorPacking
{
    /// <summary>Rows of a group, and words of each.</summary>
    public const int Side = 32;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;
}

/// <summary>c (+)= the sum of all parts of a product, in order, without what was padded.</summary>
/// <param name="c">[M, N].</param>
/// <param name="tiles">[parts, padded M, padded N].</param>
/// <param name="columns">N.</param>
/// <param name="paddedColumns">N up to whole tiles.</param>
/// <param name="partLength">Elements of a part.</param>
/// <param name="parts">How many parts.</param>
/// <param name="add">Whether to add.</param>
internal readonly struct TensorResultKernel(
    ArrayView<float> c, ArrayView<float> tiles, int columns, int paddedColumns, int partLength, int parts, Flag add) : IElementKernel
{
    public void Run(int i)
    {
        int place = i / columns * paddedColumns + i % columns;
        float sum = 0;
        for (int part = 0; part < parts; part++)
            sum += tiles[part * partLength + place];
        Result.Put(ref c[i], sum, add);
    }
}
