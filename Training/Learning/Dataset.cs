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
    {
        int rank = inputs.Shape.Rank;
        if (inputs.AreIds ? rank != 2 : rank < 2)
            throw new ShapeException(
                $"Dataset: inputs {inputs.Shape}, expected ids [samples, time], or values [samples, time, features] " +
                "or [samples, features]");
        if (labels.Count != inputs.Count)
            throw new ShapeException(
                $"Dataset: {inputs.Count} inputs and {labels.Count} labels, expected as many; inputs {inputs.Shape}, " +
                $"labels {labels.Shape}");
        if (weights is not null && (weights.AreIds || weights.Count != inputs.Count || weights.Shape.Rank > 2))
            throw new ShapeException(
                $"Dataset: sample weights {weights.Shape}, expected values [{inputs.Count}] or [{inputs.Count}, time]");

        Inputs = inputs;
        Labels = labels;
        Weights = weights;
    }

    /// <summary>What goes into the model.</summary>
    public Samples Inputs { get; }

    /// <summary>What should come out.</summary>
    public Samples Labels { get; }

    /// <summary>The weights; null: all 1.</summary>
    public Samples? Weights { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => Inputs.Count;

    /// <summary>Consecutive samples, without copying.</summary>
    internal Dataset Range(int start, int count) =>
        new(Inputs.Range(start, count), Labels.Range(start, count), Weights?.Range(start, count));

    /// <summary>The samples of these numbers, in this order.</summary>
    internal Dataset Take(ReadOnlySpan<int> samples) =>
        new(Inputs.Take(samples), Labels.Take(samples), Weights?.Take(samples));

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

    private double WeightOf(int sample, int step, int steps)
    {
        if (Weights is null)
            return 1;
        ReadOnlySpan<float> row = Weights.ValuesOf(sample);
        if (row.Length != 1 && row.Length != steps)
            throw new ShapeException(
                $"Dataset: sample weights {Weights.Shape} for labels {Labels.Shape}, expected one for each label");
        return row[row.Length == 1 ? 0 : step];
    }

    private int[] ClassesOfLabels()
    {
        if (Labels.AreIds)
            return Labels.Ids.ToArray();
        if (Labels.Shape.Rank > 2)
            throw new ShapeException(
                $"Fit: class weights for labels {Labels.Shape}, expected ids, or values [samples, classes]");

        int[] classes = new int[Count];
        for (int k = 0; k < classes.Length; k++)
            classes[k] = ClassOf(Labels.ValuesOf(k));
        return classes;
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
