using System.Buffers;
using System.Text.Unicode;

namespace MiniLstm.Training;

/// <summary>
/// Bytes to text, strictly: what is not UTF-8 is an error that names the byte, never a replacement character.
/// </summary>
internal static class Utf8Text
{
    // As git does: a NUL in this many first bytes makes a binary file.
    private const int BinaryProbe = 8000;

    private static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    public static bool LooksBinary(ReadOnlySpan<byte> bytes) => FirstNul(bytes) >= 0;

    /// <summary>Decodes a whole file; a UTF-8 byte order mark is dropped.</summary>
    /// <param name="bytes">All bytes of the file.</param>
    /// <param name="name">The file, for messages.</param>
    /// <returns>The text, which may be empty.</returns>
    /// <exception cref="DataException">The bytes are of another encoding, binary, or not valid UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string name)
    {
        ThrowIfOtherEncoding(bytes, name);
        if (FirstNul(bytes) is int nul and >= 0)
            throw new DataException($"{name}, byte {nul}: NUL, so this looks like a binary file; give text in UTF-8");

        int start = bytes.StartsWith(Utf8Mark) ? Utf8Mark.Length : 0;
        ReadOnlySpan<byte> content = bytes[start..];
        char[] characters = new char[content.Length];
        OperationStatus status = Utf8.ToUtf16(
            content, characters, out int read, out int written, replaceInvalidSequences: false, isFinalBlock: true);
        if (status != OperationStatus.Done)
            throw new DataException(
                $"{name}, byte {start + read}: 0x{content[read]:X2} is not valid UTF-8 here; save the file as UTF-8 " +
                $"(for Latin-1: iconv -f LATIN1 -t UTF-8)");
        return new(characters, 0, written);
    }

    private static int FirstNul(ReadOnlySpan<byte> bytes) =>
        bytes[..Math.Min(bytes.Length, BinaryProbe)].IndexOf((byte)0);

    private static void ThrowIfOtherEncoding(ReadOnlySpan<byte> bytes, string name)
    {
        // UTF-32 first: its little-endian mark begins with that of UTF-16.
        string? encoding = bytes switch
        {
            [0xFF, 0xFE, 0x00, 0x00, ..] or [0x00, 0x00, 0xFE, 0xFF, ..] => "UTF-32",
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16",
            _ => null,
        };
        if (encoding is not null)
            throw new DataException(
                $"{name} is {encoding} by its byte order mark; save it as UTF-8 (iconv -f {encoding} -t UTF-8)");
    }
}
