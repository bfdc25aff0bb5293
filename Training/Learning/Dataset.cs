using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>Inputs with their labels and, if some count more than others, their weights.</summary>
public sealed class Dataset
{
    /// <summary>Puts inputs and labels together.</summary>
    /// <param name="inputs">Ids [samples, time], or values [samples, time, features] or [samples, features].</param>
    /// <param name="labels">What the loss wants, as many samples.</param>
    /// <param name="weights">Values [samples] or [samples, time]: what the losses of a sample, or of its time steps,
    /// are multiplied by; absent: all 1.</param>
    /// <exception cref="ShapeException">The numbers of samples differ, or a shape is none of these.</exception>
    public Dataset(Samples inputs, Samples labels, Samples? weights = null)
        : this([inputs], [labels], weights)
    {
    }

    /// <summary>Puts together what a model of several inputs or outputs wants.</summary>
    /// <param name="inputs">One array for each input: ids [samples, time], or values [samples, time, features] or
    /// [samples, features].</param>
    /// <param name="labels">One array for each output.</param>
    /// <param name="weights">Values [samples] or [samples, time], for every output; absent: all 1.</param>
    /// <exception cref="ShapeException">There is no input, the numbers of samples differ, or a shape is none of
    /// these.</exception>
    public Dataset(IReadOnlyList<Samples> inputs, IReadOnlyList<Samples> labels, Samples? weights = null)
    {
        if (inputs.Count == 0)
            throw new ShapeException("Dataset: no inputs, expected at least one array");
        foreach (Samples input in inputs)
            Check(input, inputs[0].Count);
        if (labels.FirstOrDefault(array => array.Count != inputs[0].Count) is { } other)
            throw new ShapeException(
                $"Dataset: {inputs[0].Count} inputs and {other.Count} labels, expected as many; inputs " +
                $"{inputs[0].Shape}, labels {other.Shape}");
        if (weights is not null && (weights.AreIds || weights.Count != inputs[0].Count || weights.Shape.Rank > 2))
            throw new ShapeException(
                $"Dataset: sample weights {weights.Shape}, expected values [{inputs[0].Count}] or " +
                $"[{inputs[0].Count}, time]");

        Inputs = [.. inputs];
        Labels = [.. labels];
        Weights = weights;
    }

    /// <summary>What goes into the model, one array for each input.</summary>
    public IReadOnlyList<Samples> Inputs { get; }

    /// <summary>What should come out, one array for each output.</summary>
    public IReadOnlyList<Samples> Labels { get; }

    /// <summary>The weights; null: all 1.</summary>
    public Samples? Weights { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => Inputs[0].Count;

    /// <summary>Consecutive samples, without copying.</summary>
    internal Dataset Range(int start, int count) => Each(samples => samples.Range(start, count));

    /// <summary>The samples of these numbers, in this order.</summary>
    internal Dataset Take(int[] samples) => Each(array => array.Take(samples));

    /// <summary>Multiplies the weight of each sample, or of each time step, by that of its class.</summary>
    /// <param name="classWeights">The weight of each class; 1 for those that are not there.</param>
    internal Dataset Weighted(IReadOnlyDictionary<int, double> classWeights)
    {
        int[] classes = ClassesOfLabels();
        int steps = classes.Length / Count;
        float[] weights = new float[classes.Length];
        for (int k = 0; k < weights.Length; k++)
            weights[k] = (float)(classWeights.GetValueOrDefault(classes[k], 1) * WeightOf(k / steps, k % steps, steps));
        return new(Inputs, Labels, Samples.OfValues(weights, steps == 1 ? [Count] : [Count, steps]));
    }

    private Dataset Each(Func<Samples, Samples> some) => new(
        [.. Inputs.Select(some)],
        [.. Labels.Select(some)],
        Weights is null ? null : some(Weights));

    private double WeightOf(int sample, int step, int steps)
    {
        if (Weights is null)
            return 1;
        ReadOnlySpan<float> row = Weights.ValuesOf(sample);
        if (row.Length != 1 && row.Length != steps)
            throw new ShapeException(
                $"Dataset: sample weights {Weights.Shape} for labels {Labels[0].Shape}, expected one for each label");
        return row[row.Length == 1 ? 0 : step];
    }

    private int[] ClassesOfLabels()
    {
        if (Labels.Count != 1)
            throw new ArgumentException($"Fit: class weights for {Labels.Count} outputs, expected a single one");
        Samples labels = Labels[0];
        if (labels.AreIds)
            return labels.Ids.ToArray();
        if (labels.Shape.Rank > 2)
            throw new ShapeException(
                $"Fit: class weights for labels {labels.Shape}, expected ids, or values [samples, classes]");

        int[] classes = new int[Count];
        for (int k = 0; k < classes.Length; k++)
            classes[k] = ClassOf(labels.ValuesOf(k));
        return classes;
    }

    private static void Check(Samples input, int count)
    {
        int rank = input.Shape.Rank;
        if (input.AreIds ? rank != 2 : rank < 2)
            throw new ShapeException(
                $"Dataset: inputs {input.Shape}, expected ids [samples, time], or values [samples, time, features] " +
                "or [samples, features]");
        if (input.Count != count)
            throw new ShapeException($"Dataset: inputs of {count} and of {input.Count} samples, expected as many");
    }

    /// <summary>The class that a row of target values stands for: the largest, or, of a single one, 1 from one half
    /// on.</summary>
    internal static int ClassOf(ReadOnlySpan<float> row)
    {
        if (row.Length == 1)
            return row[0] >= 0.5f ? 1 : 0;
        int best = 0;
        for (int c = 1; c < row.Length; c++)
        {
            if (row[c] > row[best])
                best = c;
        }

        return best;
    }
}
