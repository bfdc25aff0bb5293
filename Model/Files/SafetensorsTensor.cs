using System.Text;

namespace MiniLstm.Model;

/// <summary>Name, element type and shape of one tensor of a safetensors file, as declared to a
/// <see cref="SafetensorsWriter"/> or found by a <see cref="SafetensorsFile"/>; it holds no values.</summary>
public sealed class SafetensorsTensor
{
    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Its name; any text but <c>__metadata__</c>, which the format keeps for itself.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Its sizes, row-major; none for a scalar; a size of 0 makes it empty.</param>
    /// <exception cref="ArgumentException">The name is reserved or not Unicode, or a size is negative.</exception>
    /// <exception cref="OverflowException">Its bytes do not fit a 64-bit count.</exception>
    public SafetensorsTensor(string name, SafetensorsType type, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == SafetensorsHeader.MetadataKey)
            throw new ArgumentException($"a tensor cannot be named {name}: the format keeps that name", nameof(name));
        Utf8.GetByteCount(name);

        long count = 1;
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count = checked(count * size);
        }

        Name = name;
        Type = type;
        Shape = shape.ToArray();
        Count = count;
        ByteCount = checked(count * type.Size());
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The type of its elements in the file.</summary>
    public SafetensorsType Type { get; }

    /// <summary>Its sizes, row-major; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Number of its elements: the product of its sizes.</summary>
    public long Count { get; }

    /// <summary>Number of its bytes in the file.</summary>
    public long ByteCount { get; }

    /// <summary>Where its data begins, counted from the file's first byte; 0 for one that is only declared.</summary>
    internal long Offset { get; init; }

    /// <summary>UTF-8 that refuses what is not Unicode, such as half a surrogate pair, instead of replacing it: two
    /// different names could else become one.</summary>
    internal static UTF8Encoding Utf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Name, type and shape, as in <c>head.weight F32 [40, 128]</c>.</summary>
    public override string ToString() => $"{Name} {Type} [{string.Join(", ", Shape)}]";
}
