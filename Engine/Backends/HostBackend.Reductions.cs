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
                SumColumns(destination + o * axis.Inner + start, source + o * axis.Length * axis.Inner + start, axis, count, factor, add);
        });
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

    [MethodImpl(Hot)]
    private static float SumOfChunk(float* source, long count)
    {
        TLanes sum = TLanes.Broadcast(0);
        for (long k = 0; k < count; k += Width)
            sum += LaneReduction.Load<TLanes>(source + k, count - k);
        return sum.Sum();
    }

    [MethodImpl(Hot)]
    private static float SquaresOfChunk(float* source, long count)
    {
        // Four sums side by side, since each addition waits four cycles for the one before.
        TLanes first = TLanes.Broadcast(0);
        TLanes second = first;
        TLanes third = first;
        TLanes fourth = first;
        long k = 0;
        for (; k + 4 * Width <= count; k += 4 * Width)
        {
            first = Square(source + k, Width, first);
            second = Square(source + k + Width, Width, second);
            third = Square(source + k + 2 * Width, Width, third);
            fourth = Square(source + k + 3 * Width, Width, fourth);
        }

        for (; k < count; k += Width)
            first = Square(source + k, count - k, first);
        return (first + second + (third + fourth)).Sum();
    }

    [MethodImpl(Inline)]
    private static TLanes Square(float* source, long left, TLanes sum)
    {
        TLanes x = LaneReduction.Load<TLanes>(source, left);
        return TLanes.MultiplyAdd(x, x, sum);
    }

    [MethodImpl(Hot)]
    private static void SumColumns(float* to, float* x, Axis axis, long columns, float factor, bool add)
    {
        TLanes scale = TLanes.Broadcast(factor);
        for (long j = 0; j < columns; j += Width)
        {
            long left = columns - j;
            float* source = x + j;
            TLanes sum = TLanes.Broadcast(0);
            for (long n = 0; n < axis.Length; n++, source += axis.Inner)
                sum += LaneReduction.Load<TLanes>(source, left);
            sum *= scale;
            if (add)
                sum = LaneReduction.Load<TLanes>(to + j, left) + sum;
            LaneReduction.Store(sum, to + j, left);
        }
    }
}
