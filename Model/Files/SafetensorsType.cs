namespace MiniLstm.Model;

/// <summary>The element type of a stored tensor, under the name that the safetensors format gives it.</summary>
/// <remarks>The format knows more of them (unsigned, 8-bit and 4-bit floating-point); no model of this project uses
/// those, and a file that contains one is refused by that name.</remarks>
public enum SafetensorsType
{
    /// <summary>One byte, 0 or 1.</summary>
    BOOL,

    /// <summary>Unsigned integer of 8 bits.</summary>
    U8,

    /// <summary>Signed integer of 8 bits.</summary>
    I8,

    /// <summary>Signed integer of 16 bits.</summary>
    I16,

    /// <summary>Signed integer of 32 bits.</summary>
    I32,

    /// <summary>Signed integer of 64 bits.</summary>
    I64,

    /// <summary>Floating-point of 16 bits, IEEE 754 half precision.</summary>
    F16,

    /// <summary>Floating-point of 16 bits with float32's exponent: the upper half of a float32.</summary>
    BF16,

    /// <summary>Floating-point of 32 bits.</summary>
    F32,

    /// <summary>Floating-point of 64 bits.</summary>
    F64,
}

/// <summary>Sizes and names of <see cref="SafetensorsType"/>.</summary>
internal static class SafetensorsTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 or SafetensorsType.I8 => 1,
        SafetensorsType.I16 or SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.I32 or SafetensorsType.F32 => 4,
        SafetensorsType.I64 or SafetensorsType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "expected a type of the safetensors format"),
    };

    /// <summary>The type of that exact name, or null: <c>Enum.TryParse</c> would take "8" and " F32" too.</summary>
    public static SafetensorsType? Named(string name)
    {
        foreach (SafetensorsType type in Enum.GetValues<SafetensorsType>())
        {
            if (type.ToString() == name)
                return type;
        }

        return null;
    }
}
