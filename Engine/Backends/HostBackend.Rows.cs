using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>Softmax, cross-entropy and layer normalisation, row by row.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    public override void Softmax(View y, View x, bool logarithm)
    {
        float* destination = Destination(y);
        float* source = Reals(x);
        int columns = x.Columns;
        SplitRows(x.Rows, columns, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
                SoftmaxRow(destination + row * columns, source + row * columns, columns, logarithm);
        });
    }

    public override void SoftmaxSlope(View dx, View y, View dy, bool logarithm, bool add)
    {
        float* destination = Destination(dx);
        float* value = Reals(y);
        float* gradient = Reals(dy);
        int columns = y.Columns;
        SplitRows(y.Rows, columns, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
            {
                long at = row * columns;
                SoftmaxSlopeRow(destination + at, value + at, gradient + at, columns, logarithm, add);
            }
        });
    }

    public override void CrossEntropy(
        View losses, View logSums, View rowWeights, View logits, View targets, View classWeights, CrossEntropyOptions options)
    {
        float* loss = Destination(losses);
        float* apart = Destination(logSums);
        float* rowWeight = Destination(rowWeights);
        float* logit = Reals(logits);
        int* target = Integers(targets);
        float* weights = Reals(classWeights);
        int classes = logits.Columns;
        SplitRows(logits.Rows, classes, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
            {
                float* z = logit + row * classes;
                float logSum = LogSum(z, classes, out float largest);
                apart[2 * row] = largest;
                apart[2 * row + 1] = logSum;
                if (target[row] == options.IgnoredIndex)
                {
                    loss[row] = 0;
                    rowWeight[row] = 0;
                    continue;
                }

                float weight = weights is null ? 1 : weights[target[row]];
                double value = (1 - options.Smoothing) * weight * ((double)largest - z[target[row]] + logSum);
                if (options.Smoothing > 0)
                    value += options.Smoothing / classes * SmoothedLoss(z, weights, classes, (double)largest + logSum);
                loss[row] = (float)value;
                rowWeight[row] = weight;
            }
        });
    }

    public override void CrossEntropySlope(
        View dLogits, View logits, View logSums, View scale, View targets, View classWeights, CrossEntropyOptions options, bool add)
    {
        float* destination = Destination(dLogits);
        float* logit = Reals(logits);
        float* apart = Reals(logSums);
        float* scales = Reals(scale);
        int* target = Integers(targets);
        float* weights = Reals(classWeights);
        int classes = logits.Columns;
        bool oneScale = scale.Count == 1;
        double evenShare = options.Smoothing / classes;
        double totalWeight = weights is null ? classes : SumRange(weights, classes);
        SplitRows(logits.Rows, classes, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
            {
                float* d = destination + row * classes;
                if (target[row] == options.IgnoredIndex)
                {
                    if (!add)
                        new Span<float>(d, classes).Clear();
                    continue;
                }

                float s = scales[oneScale ? 0 : row];
                double own = (1 - options.Smoothing) * (weights is null ? 1 : weights[target[row]]);
                float ofSoftmax = (float)(s * (own + evenShare * totalWeight));
                ScaledSoftmaxRow(
                    d, logit + row * classes, classes, apart[2 * row], apart[2 * row + 1], ofSoftmax, add);
                d[target[row]] -= (float)(s * own);
                if (options.Smoothing > 0)
                    SubtractEvenShare(d, weights, classes, (float)(s * evenShare));
            }
        });
    }

    public override void LayerNormalization(
        View y, View normalized, View inverseDeviations, View x, View gain, View shift, double epsilon)
    {
        float* destination = Destination(y);
        float* unit = Reals(normalized);
        float* inverse = Reals(inverseDeviations);
        float* source = Reals(x);
        float* factor = Reals(gain);
        float* summand = Reals(shift);
        int columns = x.Columns;
        SplitRows(x.Rows, columns, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
            {
                long at = row * columns;
                inverse[row] = NormalizeRow(destination + at, unit + at, source + at, factor, summand, columns, epsilon);
            }
        });
    }

    public override void LayerNormalizationSlope(View dx, View normalized, View inverseDeviations, View gain, View dy, bool add)
    {
        float* destination = Destination(dx);
        float* unit = Reals(normalized);
        float* inverse = Reals(inverseDeviations);
        float* factor = Reals(gain);
        float* gradient = Reals(dy);
        int columns = normalized.Columns;
        SplitRows(normalized.Rows, columns, (start, count) =>
        {
            for (long row = start; row < start + count; row++)
            {
                long at = row * columns;
                NormalizeSlopeRow(destination + at, unit + at, inverse[row], factor, gradient + at, columns, add);
            }
        });
    }

    [MethodImpl(Hot)]
    private static void SoftmaxRow(float* y, float* x, int columns, bool logarithm)
    {
        TLanes logSum = TLanes.Broadcast(LogSum(x, columns, out float largest));
        TLanes top = TLanes.Broadcast(largest);
        for (int j = 0; j < columns; j += Width)
        {
            TLanes value = LaneReduction.Load<TLanes>(x + j, columns - j) - top - logSum;
            LaneReduction.Store(logarithm ? value : TLanes.Exp(value), y + j, columns - j);
        }
    }

    [MethodImpl(Hot)]
    private static void SoftmaxSlopeRow(float* dx, float* y, float* dy, int columns, bool logarithm, bool add)
    {
        TLanes sum = TLanes.Broadcast(0);
        for (int j = 0; j < columns; j += Width)
        {
            TLanes g = LaneReduction.Load<TLanes>(dy + j, columns - j);
            sum = logarithm ? sum + g : TLanes.MultiplyAdd(LaneReduction.Load<TLanes>(y + j, columns - j), g, sum);
        }

        TLanes total = TLanes.Broadcast(sum.Sum());
        for (int j = 0; j < columns; j += Width)
        {
            long left = columns - j;
            TLanes value = LaneReduction.Load<TLanes>(y + j, left);
            TLanes g = LaneReduction.Load<TLanes>(dy + j, left);
            TLanes d = logarithm ? g - TLanes.Exp(value) * total : value * (g - total);
            if (add)
                d = LaneReduction.Load<TLanes>(dx + j, left) + d;
            LaneReduction.Store(d, dx + j, left);
        }
    }

    // log Σ exp(x - m) with m the largest value: nothing overflows, and apart from m it keeps its digits beside large values.
    [MethodImpl(Hot)]
    private static float LogSum(float* x, int columns, out float top)
    {
        int whole = columns / Width * Width;
        TLanes nothing = TLanes.Broadcast(float.NegativeInfinity);

        // Lanes beyond the row must add nothing: they are set far below the largest value.
        TLanes last = nothing;
        if (whole < columns)
        {
            float* tail = stackalloc float[Width];
            nothing.Store(tail);
            LaneReduction.Store(LaneReduction.Load<TLanes>(x + whole, columns - whole), tail, columns - whole);
            last = TLanes.Load(tail);
        }

        TLanes largest = last;
        for (int j = 0; j < whole; j += Width)
            largest = TLanes.Max(largest, TLanes.Load(x + j));
        top = largest.Greatest();

        TLanes shift = TLanes.Broadcast(top);
        TLanes sum = TLanes.Broadcast(0);
        for (int j = 0; j < whole; j += Width)
            sum += TLanes.Exp(TLanes.Load(x + j) - shift);
        if (whole < columns)
            sum += TLanes.Exp(last - shift);

        // Not the platform's logarithm, whose last digit differs between systems.
        float* logarithm = stackalloc float[Width];
        TLanes.Log(TLanes.Broadcast(sum.Sum())).Store(logarithm);
        return *logarithm;
    }

    // d (+)= factor · exp(z - largest - logSum)
    [MethodImpl(Hot)]
    private static void ScaledSoftmaxRow(float* d, float* z, int columns, float largest, float logSum, float factor, bool add)
    {
        TLanes top = TLanes.Broadcast(largest);
        TLanes rest = TLanes.Broadcast(logSum);
        TLanes scale = TLanes.Broadcast(factor);
        for (int j = 0; j < columns; j += Width)
        {
            long left = columns - j;
            TLanes value = TLanes.Exp(LaneReduction.Load<TLanes>(z + j, left) - top - rest) * scale;
            if (add)
                value = LaneReduction.Load<TLanes>(d + j, left) + value;
            LaneReduction.Store(value, d + j, left);
        }
    }

    private static double SmoothedLoss(float* z, float* weights, int classes, double logSum)
    {
        double sum = 0;
        for (int c = 0; c < classes; c++)
            sum += (weights is null ? 1 : weights[c]) * (logSum - z[c]);
        return sum;
    }

    private static void SubtractEvenShare(float* d, float* weights, int classes, float share)
    {
        for (int c = 0; c < classes; c++)
            d[c] -= share * (weights is null ? 1 : weights[c]);
    }

    private static float NormalizeRow(
        float* y, float* normalized, float* x, float* gain, float* shift, int columns, double epsilon)
    {
        float inverse = CenterAndScaleRow(normalized, x, columns, epsilon);
        ScaleAndShiftRow(y, normalized, gain, shift, columns);
        return inverse;
    }

    // n = (x - mean) / deviation, in place or not; gives 1 / deviation.
    [MethodImpl(Hot)]
    private static float CenterAndScaleRow(float* normalized, float* x, int columns, double epsilon)
    {
        TLanes mean = TLanes.Broadcast((float)(SumRange(x, columns) / columns));
        double squares = 0;
        for (int j = 0; j < columns; j += Width)
        {
            TLanes centered = LaneReduction.Load<TLanes>(x + j, columns - j) - mean;
            LaneReduction.Store(centered, normalized + j, columns - j);
        }

        for (int j = 0; j < columns; j += Chunk)
            squares += SquaresOfChunk(normalized + j, Math.Min(Chunk, columns - j));
        float inverse = (float)(1 / Math.Sqrt(squares / columns + epsilon));
        TLanes scale = TLanes.Broadcast(inverse);
        for (int j = 0; j < columns; j += Width)
            LaneReduction.Store(LaneReduction.Load<TLanes>(normalized + j, columns - j) * scale, normalized + j, columns - j);
        return inverse;
    }

    [MethodImpl(Hot)]
    private static void ScaleAndShiftRow(float* y, float* normalized, float* gain, float* shift, int columns)
    {
        for (int j = 0; j < columns; j += Width)
        {
            long left = columns - j;
            TLanes value = TLanes.MultiplyAdd(
                LaneReduction.Load<TLanes>(normalized + j, left),
                LaneReduction.Load<TLanes>(gain + j, left),
                LaneReduction.Load<TLanes>(shift + j, left));
            LaneReduction.Store(value, y + j, left);
        }
    }

    [MethodImpl(Hot)]
    private static void NormalizeSlopeRow(
        float* dx, float* normalized, float inverse, float* gain, float* dy, int columns, bool add)
    {
        TLanes sum = TLanes.Broadcast(0);
        TLanes product = sum;
        for (int j = 0; j < columns; j += Width)
        {
            long left = columns - j;
            TLanes q = LaneReduction.Load<TLanes>(dy + j, left) * LaneReduction.Load<TLanes>(gain + j, left);
            sum += q;
            product = TLanes.MultiplyAdd(q, LaneReduction.Load<TLanes>(normalized + j, left), product);
        }

        TLanes mean = TLanes.Broadcast(sum.Sum() / columns);
        TLanes meanProduct = TLanes.Broadcast(product.Sum() / columns);
        TLanes scale = TLanes.Broadcast(inverse);
        for (int j = 0; j < columns; j += Width)
        {
            long left = columns - j;
            TLanes unit = LaneReduction.Load<TLanes>(normalized + j, left);
            TLanes q = LaneReduction.Load<TLanes>(dy + j, left) * LaneReduction.Load<TLanes>(gain + j, left);
            TLanes d = (q - mean - unit * meanProduct) * scale;
            if (add)
                d = LaneReduction.Load<TLanes>(dx + j, left) + d;
            LaneReduction.Store(d, dx + j, left);
        }
    }
}
