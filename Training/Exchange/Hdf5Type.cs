namespace MiniLstm.Training;

/// <summary>The type of elements, as far as Keras needs any: text of fixed or of variable length, and floating
/// point.</summary>
/// <param name="Kind">What an element is.</param>
/// <param name="Size">Its bytes.</param>
internal readonly record struct Hdf5Type(Hdf5Kind Kind, int Size)
{
    private const int FloatClass = 1;
    private const int TextClass = 3;
    private const int VariableClass = 9;

    /// <summary>Reads the description of a type.</summary>
    public static Hdf5Type Read(ReadOnlySpan<byte> data)
    {
        var fields = new Hdf5Fields(data);
        int kind = fields.Byte() & 0xF;
        int bits = fields.Byte();
        fields.Skip(2);
        uint size = fields.UInt32();
        if (size is 0 or > int.MaxValue)
            throw new FormatException($"elements of {size} bytes");
        return kind switch
        {
            FloatClass => new(FloatKind(bits, size, fields), (int)size),
            TextClass => new(Hdf5Kind.Text, (int)size),
            VariableClass when (bits & 0xF) == 1 && size == 16 => new(Hdf5Kind.VariableText, (int)size),
            _ => new(Hdf5Kind.Other, (int)size),
        };
    }

    // The exponent's length tells the formats apart.
    private static Hdf5Kind FloatKind(int bits, uint size, Hdf5Fields fields)
    {
        bool isBigEndian = (bits & 0x41) != 0;
        fields.Skip(5);
        int exponent = fields.Byte();
        return (size, exponent) switch
        {
            _ when isBigEndian => Hdf5Kind.Other,
            (2, 5) => Hdf5Kind.Float16,
            (2, 8) => Hdf5Kind.BFloat16,
            (4, 8) => Hdf5Kind.Float32,
            (8, 11) => Hdf5Kind.Float64,
            _ => Hdf5Kind.Other,
        };
    }
}

/// <summary>What an element is.</summary>
internal enum Hdf5Kind
{
    /// <summary>Nothing that Keras writes where somebody here reads it.</summary>
    Other,

    /// <summary>Text of a fixed number of bytes, filled up with zeros.</summary>
    Text,

    /// <summary>The place of a text in a global heap: length, address, number.</summary>
    VariableText,

    /// <summary>IEEE 754, 16 bits.</summary>
    Float16,

    /// <summary>The upper half of a float32.</summary>
    BFloat16,

    /// <summary>IEEE 754, 32 bits.</summary>
    Float32,

    /// <summary>IEEE 754, 64 bits.</summary>
    Float64,
}

/// <summary>The sizes of an array.</summary>
internal static class Hdf5Space
{
    private const int MaximumRank = 32;

    /// <summary>Reads a description: no sizes for a scalar; one size of 0 for nothing at all.</summary>
    public static ulong[] Read(ReadOnlySpan<byte> data)
    {
        var fields = new Hdf5Fields(data);
        int version = fields.Byte();
        int rank = fields.Byte();
        fields.Skip(1);
        int kind = fields.Byte();
        if (version is not (1 or 2) || rank > MaximumRank)
            throw new FormatException($"a space of version {version} with {rank} axes");
        if (version == 2 && kind == 2)
            return [0];
        fields.Skip(version == 1 ? 4 : 0);

        ulong[] sizes = new ulong[rank];
        for (int k = 0; k < rank; k++)
            sizes[k] = fields.UInt64();
        return sizes;
    }

    /// <summary>The number of elements.</summary>
    /// <exception cref="OverflowException">It fits no 64-bit number.</exception>
    public static ulong Count(ulong[] sizes)
    {
        ulong count = 1;
        foreach (ulong size in sizes)
            count = checked(count * size);
        return count;
    }
}
