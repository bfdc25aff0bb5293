namespace MiniLstm.Training;

/// <summary>A metric that is a mean over rows or elements.</summary>
public abstract class MeanMetric : Metric
{
    private double _sum;
    private long _count;

    /// <inheritdoc/>
    public override double Value => _count == 0 ? double.NaN : ValueOf(_sum / _count);

    /// <inheritdoc/>
    public override void Reset()
    {
        _sum = 0;
        _count = 0;
    }

    /// <summary>What the figure is, given the mean.</summary>
    /// <param name="mean">The mean of all that was added.</param>
    /// <returns>The figure; the mean itself unless overridden.</returns>
    protected virtual double ValueOf(double mean) => mean;

    /// <summary>Adds to the mean.</summary>
    /// <param name="sum">The sum of some terms.</param>
    /// <param name="count">How many they are.</param>
    protected void Add(double sum, long count)
    {
        _sum += sum;
        _count += count;
    }
}
