namespace MiniLstm.Training;

/// <summary>A figure about predictions that is gathered batch by batch: reset, observe, read. It may be used alone or
/// given to <c>Compile</c>.</summary>
/// <remarks>Metrics count every row once, whatever the weights of training; steps that a mask leaves out are no
/// rows.</remarks>
public abstract class Metric
{
    /// <summary>The fraction of rows whose likeliest class is right.</summary>
    public static Metric Accuracy => new Accuracy();

    /// <summary>What histories and logs call it, such as <c>accuracy</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether more is better.</summary>
    public virtual bool HigherIsBetter => true;

    /// <summary>The figure over all that was observed since the reset; NaN before anything was.</summary>
    public abstract double Value { get; }

    /// <summary>Forgets everything.</summary>
    public abstract void Reset();

    /// <summary>Takes note of more predictions.</summary>
    /// <param name="predictions">What was said and what was right.</param>
    /// <exception cref="ArgumentException">The metric does not apply to such predictions.</exception>
    public abstract void Observe(Predictions predictions);
}
