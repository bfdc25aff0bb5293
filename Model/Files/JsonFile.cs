using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MiniLstm.Model;

/// <summary>What the JSON files of a model have in common: errors that name file and byte, and a header in
/// each.</summary>
internal static class JsonFile
{
    /// <summary>What every version of every file has; it is read first, since another version may have any other
    /// properties.</summary>
    public sealed record Header(string Format, int Version);

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="ModelFileException">It is missing or too long to be one.</exception>
    public static byte[] ReadBytes(string path, int maximumBytes)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new ModelFileException(path, null, "there is no such file");
        if (file.Length > maximumBytes)
            throw new ModelFileException(path, null, $"{file.Length} bytes, expected at most {maximumBytes}");
        return File.ReadAllBytes(path);
    }

    /// <summary>Reads the content of a file.</summary>
    /// <exception cref="ModelFileException">It is not JSON, or not JSON of that type.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> json, string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new ModelFileException(path, 0, "null, expected a JSON object");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            // "what is wrong. Path: where | LineNumber: ..."
            string[] parts = error.Message.Split([" Path: ", " | "], StringSplitOptions.None);
            string where = parts.Length > 1 ? $" ({parts[1]})" : "";
            throw new ModelFileException(path, OffsetOf(error as JsonException, json), parts[0] + where);
        }
    }

    private static long? OffsetOf(JsonException? error, ReadOnlySpan<byte> json)
    {
        if (error is not { LineNumber: long line, BytePositionInLine: long column })
            return null;
        int start = 0;
        for (; line > 0; line--)
            start += json[start..].IndexOf((byte)'\n') + 1;
        return start + column;
    }
}
