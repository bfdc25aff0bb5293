namespace MiniLstm.Kernels;

/// <summary>In what form the operands of large products are read. Sums are float32 in any case, and so are weights, states and everything else.</summary>
public enum ProductPrecision
{
    /// <summary>float32, on ordinary cores.</summary>
    Float32,

    /// <summary>TF32, on tensor cores: 10 digits after the point of a float32's 23, the range of float32.</summary>
    Tf32,

    /// <summary>bfloat16, on tensor cores: 7 digits after the point, the range of float32; half the memory traffic.</summary>
    BFloat16,
}
