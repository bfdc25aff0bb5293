namespace MiniLstm.Training;

/// <summary>How a figure about each class becomes one.</summary>
public enum ClassAverage
{
    /// <summary>That of class 1, of two classes.</summary>
    Binary,

    /// <summary>The mean over all classes, each counting the same however rare it is.</summary>
    Macro,
}

/// <summary>A figure about each class that follows from the confusion matrix.</summary>
/// <param name="average">How the classes become one figure.</param>
public abstract class ClassMetric(ClassAverage average) : Metric
{
    /// <summary>The counts so far.</summary>
    public ConfusionMatrix Counts { get; } = new();

    /// <summary>The figure of each class; empty before anything was observed.</summary>
    public IReadOnlyList<double> PerClass => [.. Enumerable.Range(0, Counts.ClassCount).Select(ValueOf)];

    /// <inheritdoc/>
    public override double Value => Counts.ClassCount == 0 ? double.NaN
        : average == ClassAverage.Binary ? ValueOf(1)
        : PerClass.Average();

    /// <inheritdoc/>
    public override void Reset() => Counts.Reset();

    /// <inheritdoc/>
    public override void Observe(Predictions predictions)
    {
        if (average == ClassAverage.Binary && predictions.ClassCount != 2)
            throw new ArgumentException(
                $"{Name}: predictions of {predictions.ClassCount} classes, expected 2; or average with " +
                $"{nameof(ClassAverage)}.{ClassAverage.Macro}");
        Counts.Observe(predictions);
    }

    /// <summary>The figure of one class.</summary>
    /// <param name="of">The class.</param>
    /// <returns>From 0 to 1.</returns>
    protected abstract double ValueOf(int of);
}

/// <summary>Of what was taken for a class, the fraction that was of it.</summary>
/// <param name="average">How the classes become one figure.</param>
public sealed class Precision(ClassAverage average = ClassAverage.Binary) : ClassMetric(average)
{
    /// <inheritdoc/>
    public override string Name => "precision";

    /// <inheritdoc/>
    protected override double ValueOf(int of) => Counts.PrecisionOf(of);
}

/// <summary>Of what was of a class, the fraction that was taken for it.</summary>
/// <param name="average">How the classes become one figure.</param>
public sealed class Recall(ClassAverage average = ClassAverage.Binary) : ClassMetric(average)
{
    /// <inheritdoc/>
    public override string Name => "recall";

    /// <inheritdoc/>
    protected override double ValueOf(int of) => Counts.RecallOf(of);
}

/// <summary>The harmonic mean of precision and recall.</summary>
/// <param name="average">How the classes become one figure.</param>
public sealed class F1(ClassAverage average = ClassAverage.Binary) : ClassMetric(average)
{
    /// <inheritdoc/>
    public override string Name => "f1";

    /// <inheritdoc/>
    protected override double ValueOf(int of) => Counts.F1Of(of);
}
