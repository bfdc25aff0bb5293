namespace MiniLstm.Engine;

/// <summary>In what form products read weights. Fewer bytes are read sooner, and generation does hardly anything else.</summary>
/// <remarks>The weights themselves stay float32: a backend packs them anew for its kernels, and rounds them then.</remarks>
public enum WeightFormat
{
    /// <summary>As they are, 4 bytes.</summary>
    Float32,

    /// <summary>The upper half of a float32, rounded to nearest even, 2 bytes: 8 significant bits. Products are those of float32 with the
    /// rounded weights, to the bit.</summary>
    BFloat16,

    /// <summary>
    /// Whole numbers from -127 to 127 times a scale for each column of the product, 1 byte. The left operand is rounded too, row by row, to some 14
    /// bits; sums of whole numbers are exact.
    /// </summary>
    Int8,
}
