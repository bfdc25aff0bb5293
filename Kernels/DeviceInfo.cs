namespace MiniLstm.Kernels;

/// <summary>An accelerator, or a kind of which there is none here.</summary>
/// <param name="Name">What opens it: the kind, <c>cuda</c>, <c>opencl</c> or <c>ilgpu-cpu</c>, and from the second of a kind on its number, such as
/// <c>cuda:1</c>.</param>
/// <param name="Hardware">What it is, as its driver says.</param>
/// <param name="MemoryBytes">Its memory; where that is the host's, no more than this process may have.</param>
/// <param name="Multiprocessors">How many groups of threads run at a time, at least.</param>
/// <param name="GroupThreads">The most threads of one group.</param>
/// <param name="WhyNot">Why it cannot be used and what would help; null if it can.</param>
public sealed record DeviceInfo(
    string Name, string Hardware, long MemoryBytes, int Multiprocessors, int GroupThreads, string? WhyNot)
{
    /// <summary>Whether it is a graphics processor, and so worth choosing before the host.</summary>
    public bool IsGraphicsProcessor { get; init; }

    /// <summary>Whether it has tensor cores that products can use, and so every <see cref="ProductPrecision"/>.</summary>
    public bool HasTensorCores { get; init; }

    /// <summary>What drives it, with its version; empty if there is none.</summary>
    public string Driver { get; init; } = "";
}
