namespace MiniLstm.Training;

/// <summary>What one output of a model is trained for, and what is measured of it.</summary>
/// <param name="name">What its figures are called in a model of several outputs: <c>answer_loss</c>, <c>answer_accuracy</c>.</param>
/// <param name="loss">What training makes small.</param>
/// <param name="metrics">What else is measured.</param>
public sealed class Objective(string name, Loss loss, params IReadOnlyList<Metric> metrics)
{
    /// <summary>What its figures are called.</summary>
    public string Name { get; } = name;

    /// <summary>What training makes small.</summary>
    public Loss Loss { get; } = loss;

    /// <summary>What else is measured. After a call they hold what they observed last.</summary>
    public IReadOnlyList<Metric> Metrics { get; } = [.. metrics];

    /// <summary>What the loss is multiplied by in the sum that is made small, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, NaN or infinite.</exception>
    public double Weight
    {
        get;
        init => field = Require.NotNegative(value, nameof(Weight));
    } = 1;

    /// <summary>The mean of the loss since the last reset.</summary>
    internal RunningMean LossMean { get; private set; } = new();

    internal void Reset()
    {
        LossMean = new();
        foreach (Metric metric in Metrics)
            metric.Reset();
    }
}
