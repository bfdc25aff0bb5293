namespace MiniLstm.Training;

/// <summary>The fraction of rows whose likeliest class is right: Keras's sparse and categorical accuracy, and its
/// binary one where there is a single column.</summary>
public sealed class Accuracy : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => "accuracy";

    /// <inheritdoc/>
    public override void Observe(Predictions predictions)
    {
        int[] likeliest = predictions.LikeliestClasses();
        ReadOnlySpan<int> classes = predictions.Classes;
        long hits = 0;
        for (int row = 0; row < likeliest.Length; row++)
            hits += likeliest[row] == classes[row] ? 1 : 0;
        Add(hits, likeliest.Length);
    }
}

/// <summary>The fraction of all elements on the right side of a threshold, each column a question of its own.</summary>
/// <param name="threshold">A probability above it means yes; from 0 to 1.</param>
/// <exception cref="ArgumentOutOfRangeException">The threshold is not in its range.</exception>
public sealed class BinaryAccuracy(double threshold = 0.5) : MeanMetric
{
    private readonly double _threshold = Require.Fraction(threshold);

    /// <inheritdoc/>
    public override string Name => "binary_accuracy";

    /// <inheritdoc/>
    public override void Observe(Predictions predictions)
    {
        ReadOnlySpan<double> probabilities = predictions.Probabilities;
        long hits = 0;
        for (int k = 0; k < probabilities.Length; k++)
        {
            bool isYes = predictions.TargetOf(k / predictions.Columns, k % predictions.Columns) >= 0.5;
            hits += isYes == probabilities[k] > _threshold ? 1 : 0;
        }

        Add(hits, probabilities.Length);
    }
}

/// <summary>The fraction of rows of which fewer than k classes are likelier than the right one.</summary>
/// <param name="k">How many guesses a row has, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">k is below 1.</exception>
public sealed class TopKAccuracy(int k = 5) : MeanMetric
{
    private readonly long _k = Require.AtLeast(1, k);

    /// <inheritdoc/>
    public override string Name => $"top_{_k}_accuracy";

    /// <inheritdoc/>
    public override void Observe(Predictions predictions)
    {
        if (predictions.Columns == 1)
            throw new ArgumentException($"{Name}: predictions of a single column, expected one for each class");
        long hits = 0;
        for (int row = 0; row < predictions.Rows; row++)
            hits += predictions.RankOf(row) < _k ? 1 : 0;
        Add(hits, predictions.Rows);
    }
}
