namespace MiniLstm.Engine;

/// <summary>What a cross-entropy over rows of logits counts, as PyTorch defines it.</summary>
/// <param name="IgnoredIndex">Rows with this target count nothing.</param>
/// <param name="Smoothing">The share ε of the target's weight that is spread evenly over all classes, in [0, 1].</param>
public readonly record struct CrossEntropyOptions(int IgnoredIndex = CrossEntropyOptions.NoIndex, double Smoothing = 0)
{
    /// <summary>The target that PyTorch ignores by default.</summary>
    public const int NoIndex = -100;

    /// <summary>PyTorch's defaults; without this constructor <c>new()</c> would be all zeros and ignore class 0.</summary>
    public CrossEntropyOptions()
        : this(NoIndex)
    {
    }
}
