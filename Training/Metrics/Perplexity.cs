namespace MiniLstm.Training;

/// <summary>e to the power of the mean of -ln p(right class): among how many equally likely classes the model
/// hesitates.</summary>
public sealed class Perplexity : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => "perplexity";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override void Observe(Predictions predictions)
    {
        for (int row = 0; row < predictions.Rows; row++)
            Add(predictions.SurpriseOf(row), 1);
    }

    /// <inheritdoc/>
    protected override double ValueOf(double mean) => Math.Exp(mean);
}

/// <summary>The mean of -log₂ p(right class), where classes are characters.</summary>
public sealed class BitsPerCharacter : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => "bits_per_character";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override void Observe(Predictions predictions)
    {
        for (int row = 0; row < predictions.Rows; row++)
            Add(predictions.SurpriseOf(row), 1);
    }

    /// <inheritdoc/>
    protected override double ValueOf(double mean) => mean / Math.Log(2);
}
