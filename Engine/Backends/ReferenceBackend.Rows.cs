namespace MiniLstm.Engine;

/// <content>Whole rows at a time: softmax, cross-entropy, layer normalisation.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Softmax(View y, View x, bool logarithm)
    {
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> source = Row(x, r);
            Span<double> target = Row(y, r);
            double logSum = LogSumExp(source, out _, out _);
            for (int j = 0; j < source.Length; j++)
            {
                double logProbability = source[j] - logSum;
                target[j] = logarithm ? logProbability : Math.Exp(logProbability);
            }
        }
    }

    /// <inheritdoc/>
    public override void SoftmaxSlope(View dx, View y, View dy, bool logarithm, bool add)
    {
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> target = Row(dx, r);
            Span<double> result = Row(y, r);
            Span<double> gradient = Row(dy, r);
            double sum = 0;
            for (int j = 0; j < result.Length; j++)
                sum += logarithm ? gradient[j] : result[j] * gradient[j];

            for (int j = 0; j < result.Length; j++)
            {
                double slope = logarithm
                    ? gradient[j] - Math.Exp(result[j]) * sum
                    : result[j] * (gradient[j] - sum);
                Put(ref target[j], slope, add);
            }
        }
    }

    /// <inheritdoc/>
    public override void CrossEntropy(
        View losses, View logSums, View rowWeights, View logits, View targets, View classWeights, CrossEntropyOptions options)
    {
        double smoothing = options.Smoothing;
        for (int r = 0; r < logits.Rows; r++)
        {
            Span<double> z = Row(logits, r);
            int target = Integers(targets)[r];
            double logSum = LogSumExp(z, out Row(logSums, r)[0], out Row(logSums, r)[1]);
            if (target == options.IgnoredIndex)
            {
                Reals(losses)[r] = 0;
                Reals(rowWeights)[r] = 0;
                continue;
            }

            double weight = ClassWeight(classWeights, target);
            double loss = (1 - smoothing) * weight * (logSum - z[target]);

            // Without smoothing the other classes are not looked at: a logit of -∞ would add 0 · ∞.
            if (smoothing > 0)
            {
                double all = 0;
                for (int c = 0; c < z.Length; c++)
                    all += ClassWeight(classWeights, c) * (logSum - z[c]);
                loss += smoothing / z.Length * all;
            }

            Reals(losses)[r] = loss;
            Reals(rowWeights)[r] = weight;
        }
    }

    /// <inheritdoc/>
    public override void CrossEntropySlope(
        View dLogits, View logits, View logSums, View scale, View targets, View classWeights, CrossEntropyOptions options, bool add)
    {
        double smoothing = options.Smoothing;
        double allWeights = 0;
        for (int c = 0; c < logits.Columns; c++)
            allWeights += ClassWeight(classWeights, c);

        for (int r = 0; r < logits.Rows; r++)
        {
            Span<double> dz = Row(dLogits, r);
            Span<double> z = Row(logits, r);
            int target = Integers(targets)[r];
            bool ignored = target == options.IgnoredIndex;
            double rowScale = Reals(scale)[scale.Count == 1 ? 0 : r];
            double share = smoothing / z.Length;
            double ofTarget = ignored ? 0 : (1 - smoothing) * ClassWeight(classWeights, target);
            for (int c = 0; c < z.Length; c++)
            {
                double probability = Math.Exp(z[c] - Row(logSums, r)[0] - Row(logSums, r)[1]);
                double slope = probability * (ofTarget + share * allWeights) - share * ClassWeight(classWeights, c);
                if (c == target)
                    slope -= ofTarget;
                Put(ref dz[c], ignored ? 0 : rowScale * slope, add);
            }
        }
    }

    /// <inheritdoc/>
    public override void LayerNormalization(
        View y, View normalized, View inverseDeviations, View x, View gain, View shift, double epsilon)
    {
        Span<double> gains = Reals(gain);
        Span<double> shifts = Reals(shift);
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> source = Row(x, r);
            double mean = 0;
            foreach (double value in source)
                mean += value / source.Length;

            double variance = 0;
            foreach (double value in source)
                variance += (value - mean) * (value - mean) / source.Length;

            double inverse = 1 / Math.Sqrt(variance + epsilon);
            Reals(inverseDeviations)[r] = inverse;
            Span<double> n = Row(normalized, r);
            Span<double> target = Row(y, r);
            for (int j = 0; j < source.Length; j++)
            {
                n[j] = (source[j] - mean) * inverse;
                target[j] = n[j] * gains[j] + shifts[j];
            }
        }
    }

    /// <inheritdoc/>
    public override void LayerNormalizationSlope(
        View dx, View normalized, View inverseDeviations, View gain, View dy, bool add)
    {
        Span<double> gains = Reals(gain);
        for (int r = 0; r < normalized.Rows; r++)
        {
            Span<double> n = Row(normalized, r);
            Span<double> gradient = Row(dy, r);
            double meanOfQ = 0;
            double meanOfQn = 0;
            for (int j = 0; j < n.Length; j++)
            {
                double q = gradient[j] * gains[j];
                meanOfQ += q / n.Length;
                meanOfQn += q * n[j] / n.Length;
            }

            Span<double> target = Row(dx, r);
            for (int j = 0; j < n.Length; j++)
            {
                double q = gradient[j] * gains[j];
                double slope = (q - meanOfQ - n[j] * meanOfQn) * Reals(inverseDeviations)[r];
                Put(ref target[j], slope, add);
            }
        }
    }

    /// <summary>log Σ exp(x) as the sum of two: the largest value, taken out first so that nothing overflows, and the log of the rest.</summary>
    private static double LogSumExp(ReadOnlySpan<double> x, out double largest, out double logSum)
    {
        largest = double.NegativeInfinity;
        foreach (double value in x)
            largest = Math.Max(largest, value);

        double sum = 0;
        foreach (double value in x)
            sum += Math.Exp(value - largest);
        logSum = Math.Log(sum);
        return largest + logSum;
    }

    private static double ClassWeight(View classWeights, int index) => classWeights.Exists ? Reals(classWeights)[index] : 1;
}
