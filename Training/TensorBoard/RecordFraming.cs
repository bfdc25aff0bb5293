using System.Buffers.Binary;
using System.Numerics;

namespace MiniLstm.Training;

/// <summary>The framing of TFRecord files: a sequence of records of bytes, each with checksums.</summary>
/// <remarks>
/// <code>
/// length   8 bytes, little-endian
/// checksum 4 bytes, of the length
/// data     length bytes
/// checksum 4 bytes, of the data
/// </code>
/// A checksum is a CRC-32C, rotated right by 15 bits plus a constant, since a CRC over data that contains its own CRC
/// would be weak.
/// </remarks>
internal static class RecordFraming
{
    private const int HeadLength = 12;
    private const int ChecksumLength = 4;
    private const uint MaskDelta = 0xA282EAD8;

    /// <summary>Writes a record.</summary>
    public static void Write(Stream to, ReadOnlySpan<byte> data)
    {
        byte[] record = new byte[HeadLength + data.Length + ChecksumLength];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Checksum(record.AsSpan(0, 8)));
        data.CopyTo(record.AsSpan(HeadLength));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(HeadLength + data.Length), Checksum(data));

        // One call, so that a killed process leaves as little as possible of half a record.
        to.Write(record);
    }

    /// <summary>Reads a record.</summary>
    /// <returns>The data; null at the end, and where a record is not whole or a checksum is wrong.</returns>
    public static byte[]? Read(Stream from)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        if (from.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false) < HeadLength)
            return null;
        long length = BinaryPrimitives.ReadInt64LittleEndian(head);
        bool isSound = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) == Checksum(head[..8]);
        if (!isSound || length < 0 || length > from.Length - from.Position - ChecksumLength)
            return null;

        byte[] data = new byte[length + ChecksumLength];
        from.ReadExactly(data);
        ReadOnlySpan<byte> content = data.AsSpan(0, (int)length);
        return BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)length)) == Checksum(content)
            ? content.ToArray()
            : null;
    }

    /// <summary>The masked CRC-32C of some bytes.</summary>
    public static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
            crc = BitOperations.Crc32C(crc, value);
        return unchecked(BitOperations.RotateRight(~crc, 15) + MaskDelta);
    }
}
