using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>Sums, largest values, and what spreads them back.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    // Long sums are cut here: lanes in float32 within, double across.
    private const int Chunk = 4096;

    private double[] _partialSums = [];

    public override void Sum(View to, View x, Axis axis, double scale, bool add)
    {
        float* destination = Destination(to);
        float* source = Reals(x);
        float factor = (float)scale;
        if (axis.Inner == 1)
        {
            Split(axis.Outer, 1, Math.Max(1, ElementsWorthAFork / axis.Length), (start, count) =>
            {
                for (long o = start; o < start + count; o++)
                {
                    float sum = (float)SumRange(source + o * axis.Length, axis.Length) * factor;
                    destination[o] = add ? destination[o] + sum : sum;
                }
            });
            return;
        }

        // Each thread takes some columns, and all entries of the axis in order.
        Split(axis.Inner, Width, Math.Max(1, ElementsWorthAFork / axis.Length), (start, count) =>
        {
            for (long o = 0; o < axis.Outer; o++)
            {
                float* block = source + o * axis.Length * axis.Inner + start;
                SumColumns<Element>(destination + o * axis.Inner + start, block, block, axis, count, factor, add);
            }
        });
    }

    public override void SumProducts(View to, View a, View b, bool add)
    {
        float* destination = Destination(to);
        float* left = Reals(a);
        float* right = Reals(b);
        Axis axis = Axis.Rows(a.Shape);
        Split(axis.Inner, Width, Math.Max(1, ElementsWorthAFork / axis.Length), (start, count) =>
            SumColumns<ElementProduct>(destination + start, left + start, right + start, axis, count, 1, add));
    }

    public override void Spread(View to, View x, Axis axis, double scale, bool add)
    {
        float* destination = Destination(to);
        float* source = Reals(x);
        float factor = (float)scale;
        Split(axis.Outer * axis.Length, 1, Math.Max(1, ElementsWorthAFork / axis.Inner), (start, count) =>
        {
            for (long k = start; k < start + count; k++)
            {
                float* from = source + k / axis.Length * axis.Inner;
                Loop<Scaling>(destination + k * axis.Inner, from, from, from, factor, axis.Inner, add);
            }
        });
    }

    public override void Max(View to, View positions, View x, Axis axis)
    {
        float* largest = Reals(to);
        int* where = Integers(positions);
        float* source = Reals(x);
        Split(axis.Outer * axis.Inner, 1, Math.Max(1, ElementsWorthAFork / axis.Length), (start, count) =>
        {
            for (long k = start; k < start + count; k++)
            {
                float* first = source + k / axis.Inner * axis.Length * axis.Inner + k % axis.Inner;
                int best = 0;
                float value = *first;
                for (int n = 1; n < axis.Length && !float.IsNaN(value); n++)
                {
                    float other = first[n * axis.Inner];
                    if (other > value || float.IsNaN(other))
                    {
                        best = n;
                        value = other;
                    }
                }

                where[k] = best;
                if (largest is not null)
                    largest[k] = value;
            }
        });
    }

    public override void MaxSlope(View dx, View positions, View dy, Axis axis, bool add)
    {
        float* destination = Destination(dx);
        int* where = Integers(positions);
        float* gradient = Reals(dy);
        if (!add)
            Fill(dx, 0);
        for (long k = 0; k < axis.Outer * axis.Inner; k++)
            destination[(k / axis.Inner * axis.Length + where[k]) * axis.Inner + k % axis.Inner] += gradient[k];
    }

    public override void SumOfSquares(View to, View x, bool add)
    {
        float* source = Reals(x);
        long count = x.Count;
        long chunks = (count + Chunk - 1) / Chunk;

        // One partial sum a chunk, added in the order of the chunks, whoever computed them.
        if (_partialSums.Length < chunks)
            _partialSums = new double[chunks];
        double[] partial = _partialSums;
        Split(chunks, 1, ElementsWorthAFork / Chunk, (start, length) =>
        {
            for (long c = start; c < start + length; c++)
                partial[c] = SquaresOfChunk(source + c * Chunk, Math.Min(Chunk, count - c * Chunk));
        });
        double sum = 0;
        for (long c = 0; c < chunks; c++)
            sum += partial[c];
        float* destination = Destination(to);
        *destination = (float)(add ? *destination + sum : sum);
    }

    private static double SumRange(float* source, long count)
    {
        double sum = 0;
        for (long start = 0; start < count; start += Chunk)
            sum += SumOfChunk(source + start, Math.Min(Chunk, count - start));
        return sum;
    }

    private static float SumOfChunk(float* source, long count) => SumOfTerms<Element>(source, source, count);

    private static float SquaresOfChunk(float* source, long count) => SumOfTerms<ElementProduct>(source, source, count);

    [MethodImpl(Hot)]
    private static float SumOfTerms<TTerm>(float* x, float* y, long count)
        where TTerm : struct, ITerm
    {
        // Four sums side by side, since each addition waits four cycles for the one before.
        TLanes first = TLanes.Broadcast(0);
        TLanes second = first;
        TLanes third = first;
        TLanes fourth = first;
        long k = 0;
        for (; k + 4 * Width <= count; k += 4 * Width)
        {
            first = TTerm.AddTo(first, x + k, y + k, Width);
            second = TTerm.AddTo(second, x + k + Width, y + k + Width, Width);
            third = TTerm.AddTo(third, x + k + 2 * Width, y + k + 2 * Width, Width);
            fourth = TTerm.AddTo(fourth, x + k + 3 * Width, y + k + 3 * Width, Width);
        }

        for (; k < count; k += Width)
            first = TTerm.AddTo(first, x + k, y + k, count - k);
        return (first + second + (third + fourth)).Sum();
    }

    // Four vectors of columns at a time, so that whole cache lines of each row are read; each column is summed in the order of the rows.
    [MethodImpl(Hot)]
    private static void SumColumns<TTerm>(float* to, float* x, float* y, Axis axis, long columns, float factor, bool add)
        where TTerm : struct, ITerm
    {
        long j = 0;
        for (; j + 4 * Width <= columns; j += 4 * Width)
        {
            TLanes first = TLanes.Broadcast(0);
            TLanes second = first;
            TLanes third = first;
            TLanes fourth = first;
            for (long n = 0; n < axis.Length; n++)
            {
                long at = n * axis.Inner + j;
                first = TTerm.AddTo(first, x + at, y + at, Width);
                second = TTerm.AddTo(second, x + at + Width, y + at + Width, Width);
                third = TTerm.AddTo(third, x + at + 2 * Width, y + at + 2 * Width, Width);
                fourth = TTerm.AddTo(fourth, x + at + 3 * Width, y + at + 3 * Width, Width);
            }

            StoreSum(to + j, first, factor, add, Width);
            StoreSum(to + j + Width, second, factor, add, Width);
            StoreSum(to + j + 2 * Width, third, factor, add, Width);
            StoreSum(to + j + 3 * Width, fourth, factor, add, Width);
        }

        for (; j < columns; j += Width)
        {
            TLanes sum = TLanes.Broadcast(0);
            for (long n = 0; n < axis.Length; n++)
                sum = TTerm.AddTo(sum, x + n * axis.Inner + j, y + n * axis.Inner + j, columns - j);
            StoreSum(to + j, sum, factor, add, columns - j);
        }
    }

    [MethodImpl(Inline)]
    private static void StoreSum(float* to, TLanes sum, float factor, bool add, long left)
    {
        sum *= TLanes.Broadcast(factor);
        if (add)
            sum = LaneReduction.Load<TLanes>(to, left) + sum;
        LaneReduction.Store(sum, to, left);
    }

    /// <summary>What is summed.</summary>
    private interface ITerm
    {
        static abstract TLanes AddTo(TLanes sum, float* x, float* y, long left);
    }

    private readonly struct Element : ITerm
    {
        [MethodImpl(Inline)]
        public static TLanes AddTo(TLanes sum, float* x, float* y, long left) => sum + LaneReduction.Load<TLanes>(x, left);
    }

    private readonly struct ElementProduct : ITerm
    {
        [MethodImpl(Inline)]
        public static TLanes AddTo(TLanes sum, float* x, float* y, long left) =>
            TLanes.MultiplyAdd(LaneReduction.Load<TLanes>(x, left), LaneReduction.Load<TLanes>(y, left), sum);
    }
}
