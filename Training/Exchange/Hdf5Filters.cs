using System.IO.Compression;

namespace MiniLstm.Training;

/// <summary>What was done to the chunks of an array before they were written, in order: bytes sorted by their place in
/// the element (shuffle), zlib (gzip), a checksum at the end (fletcher32), which is not checked. Others are
/// refused.</summary>
internal sealed class Hdf5Filters
{
    private const int Deflate = 1;
    private const int Shuffle = 2;
    private const int Checksum = 3;
    private const int FirstWithName = 256;
    private const int ChecksumLength = 4;

    private readonly int[] _filters;

    private Hdf5Filters(int[] filters) => _filters = filters;

    /// <summary>A chunk's mask that leaves out all filters.</summary>
    public const uint None = uint.MaxValue;

    /// <summary>Reads the message that lists them; absent: there are none.</summary>
    /// <exception cref="FormatException">One is not known here.</exception>
    public static Hdf5Filters Read(byte[]? message)
    {
        if (message is null)
            return new([]);
        var fields = new Hdf5Fields(message);
        int version = fields.Byte();
        int count = fields.Byte();
        fields.Skip(version == 1 ? 6 : 0);
        int[] filters = new int[count];
        for (int k = 0; k < count; k++)
        {
            filters[k] = fields.UInt16();
            int name = version == 1 || filters[k] >= FirstWithName ? fields.UInt16() : 0;
            fields.Skip(2);
            int values = fields.UInt16();
            if (filters[k] is not (Deflate or Shuffle or Checksum))
                throw new FormatException(
                    $"elements packed by filter {filters[k]}, expected gzip, shuffle or fletcher32");
            fields.Skip(version == 1 ? (name + 7) / 8 * 8 : name);
            fields.Skip(4 * (version == 1 ? (values + 1) / 2 * 2 : values));
        }

        return new(filters);
    }

    /// <summary>Undoes them, last one first.</summary>
    /// <param name="file">The file, for its budget.</param>
    /// <param name="stored">The chunk as it is in the file.</param>
    /// <param name="mask">A bit for each filter that was left out.</param>
    /// <param name="length">The chunk's bytes at the end.</param>
    /// <param name="elementSize">The bytes of an element.</param>
    /// <exception cref="FormatException">The chunk is damaged, or of another length.</exception>
    public byte[] Undo(Hdf5Bytes file, byte[] stored, uint mask, int length, int elementSize)
    {
        byte[] chunk = stored;
        for (int k = _filters.Length - 1; k >= 0; k--)
        {
            if ((mask >> k & 1) != 0)
                continue;
            chunk = _filters[k] switch
            {
                Deflate => Inflated(file, chunk, length + ChecksumLength),
                Shuffle => Unshuffled(chunk, elementSize),
                _ => chunk.Length >= ChecksumLength
                    ? chunk[..^ChecksumLength]
                    : throw new FormatException("a chunk that is shorter than its checksum"),
            };
        }

        return chunk.Length == length
            ? chunk
            : throw new FormatException($"a chunk of {chunk.Length} bytes, expected {length}");
    }

    private static byte[] Inflated(Hdf5Bytes file, byte[] packed, int atMost)
    {
        byte[] bytes = file.Allocate((ulong)atMost, "a chunk");
        try
        {
            using var stream = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            int count = stream.ReadAtLeast(bytes, atMost, throwOnEndOfStream: false);
            return bytes[..count];
        }
        catch (InvalidDataException error)
        {
            throw new FormatException($"a chunk that does not unpack: {error.Message}");
        }
    }

    // First the first byte of every element, then the second one, ...; what is over stays at the end.
    private static byte[] Unshuffled(byte[] shuffled, int elementSize)
    {
        int count = shuffled.Length / elementSize;
        byte[] bytes = [.. shuffled];
        for (int k = 0; k < count; k++)
        {
            for (int place = 0; place < elementSize; place++)
                bytes[k * elementSize + place] = shuffled[place * count + k];
        }

        return bytes;
    }
}
