using System.Buffers.Binary;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The bytes of an HDF5 file by address. No byte outside the file is asked for, nothing is allocated that the
/// file does not hold, and all reads together have a budget, so that parts which refer to each other in a circle come
/// to an end.</summary>
/// <param name="path">Path of the file, for messages.</param>
/// <param name="content">The bytes; the caller closes them.</param>
internal sealed class Hdf5Bytes(string path, Stream content)
{
    // Sound files are read once and a half; small ones, whose lists of names are walked for each name, some ten times.
    private const long BudgetPerByte = 4;
    private const long BudgetOverhead = 16L << 20;

    // What is packed may be a hundred times as much, which weights never are.
    private const long ExpansionPerByte = 100;

    private long _left = BudgetOverhead + BudgetPerByte * content.Length;
    private long _expansionLeft = BudgetOverhead + ExpansionPerByte * content.Length;

    /// <summary>The address that stands for none.</summary>
    public const ulong NoAddress = ulong.MaxValue;

    /// <summary>Reads bytes.</summary>
    /// <param name="address">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <param name="what">What they are, for messages.</param>
    /// <exception cref="ModelFileException">They are not all inside the file, or the budget is spent.</exception>
    public byte[] Read(ulong address, ulong length, string what)
    {
        ulong end = (ulong)content.Length;
        if (address > end || length > end - address || length > (ulong)Array.MaxLength)
            throw Problem(address, $"{what}: {length} bytes at {address}, beyond the file's end at {end} (truncated?)");

        _left -= (long)length + 1;
        if (_left < 0)
        {
            throw Problem(
                address, $"{what}: parts of the file refer to each other in a circle, or to the same bytes too often");
        }

        byte[] bytes = new byte[length];
        content.Position = (long)address;
        content.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Memory for what the file holds packed, or not at all because it is zero.</summary>
    /// <exception cref="ModelFileException">All such requests together are out of proportion to the file.</exception>
    public byte[] Allocate(ulong length, string what)
    {
        if (length > (ulong)Math.Max(0, _expansionLeft) || length > (ulong)Array.MaxLength)
            throw Problem(0, $"{what}: {length} bytes unpacked, out of all proportion to a file of {content.Length}");
        _expansionLeft -= (long)length;
        return new byte[length];
    }

    /// <summary>Reads a block that begins with a signature of four letters.</summary>
    /// <exception cref="ModelFileException">It begins with something else, or is not inside the file.</exception>
    public byte[] Read(ulong address, ulong length, string signature, string what)
    {
        byte[] block = Read(address, length, what);
        for (int k = 0; k < signature.Length; k++)
        {
            if (block[k] != signature[k])
                throw Problem(address, $"{what}: expected the signature {signature}");
        }

        return block;
    }

    /// <summary>The error of a contradiction in the file.</summary>
    public ModelFileException Problem(ulong address, string reason) =>
        new(
            path,
            address <= (ulong)content.Length ? (long)address : null,
            $"expected HDF5 as Keras writes it; {ForeignText.OneLine(reason)}");
}

/// <summary>Reads the fields of a block one after the other, little-endian.</summary>
/// <param name="bytes">The block.</param>
/// <exception cref="FormatException">From every method: the block is too short for the field.</exception>
internal ref struct Hdf5Fields(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Left => _rest.Length;

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort)));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(sizeof(uint)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(sizeof(ulong)));

    /// <summary>A number of 1, 2, 4 or 8 bytes: 2 to the power of the given.</summary>
    public ulong Sized(int power) => power switch
    {
        0 => Byte(),
        1 => UInt16(),
        2 => UInt32(),
        _ => UInt64(),
    };

    /// <summary>A number of as many bytes as given, at most 8.</summary>
    public ulong Number(int bytes)
    {
        if (bytes is < 1 or > 8)
            throw new FormatException($"a number of {bytes} bytes");
        ulong number = 0;
        ReadOnlySpan<byte> field = Bytes((ulong)bytes);
        for (int k = bytes - 1; k >= 0; k--)
            number = number << 8 | field[k];
        return number;
    }

    public ReadOnlySpan<byte> Bytes(ulong count)
    {
        if (count > (ulong)_rest.Length)
            throw new FormatException($"a field of {count} bytes, of which {_rest.Length} are there");
        ReadOnlySpan<byte> field = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return field;
    }

    public void Skip(int count) => Bytes((ulong)count);
}
