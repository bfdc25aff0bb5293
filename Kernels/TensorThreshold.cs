namespace MiniLstm.Kernels;

/// <summary>Which products are worth tensor cores; README.md has the reckoning. Each entry of a batch is a product of its own.</summary>
/// <param name="Extent">What M, N and K must each reach: an element that is packed must serve so many multiplications.</param>
/// <param name="Multiplications">How many there must be in all.</param>
internal readonly record struct TensorThreshold(int Extent, long Multiplications)
{
    /// <summary>What pays on a device: whole tiles, and multiplications that take longer than the launches around them.</summary>
    public static TensorThreshold Default => new(TensorTile.Side, 1L << 28);

    /// <summary>Whether a product is worth it.</summary>
    /// <param name="m">Rows of the result.</param>
    /// <param name="n">Columns of the result.</param>
    /// <param name="k">The axis that is summed over.</param>
    public bool Admits(int m, int n, int k) => Math.Min(m, Math.Min(n, k)) >= Extent && (long)m * n * k >= Multiplications;
}
