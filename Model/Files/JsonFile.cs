using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MiniLstm.Model;

/// <summary>What the JSON files of a model have in common: they name their format and version, and errors name file and
/// byte.</summary>
internal static class JsonFile
{
    private const int MaximumReason = 200;

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="ModelFileException">It is too long to be one.</exception>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static byte[] ReadBytes(string path, int maximumBytes)
    {
        long length = new FileInfo(path).Length;
        if (length > maximumBytes)
            throw new ModelFileException(path, null, $"{length} bytes, expected at most {maximumBytes}");
        return File.ReadAllBytes(path);
    }

    /// <summary>Reads the content of a file.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="path">Path of the file, for messages.</param>
    /// <param name="format">The format that it must name.</param>
    /// <param name="version">The version that it must have.</param>
    /// <param name="type">The content, format and version included.</param>
    /// <exception cref="ModelFileException">It is not JSON, or not JSON of that type.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> json, string path, string format, int version, JsonTypeInfo<T> type)
        where T : class
    {
        // Format and version first: another version may have any other properties.
        JsonHeader header = Deserialize(json, path, format, JsonHeaders.Default.JsonHeader);
        if (header.Format != format || header.Version != version)
        {
            string found = $"format {SafetensorsHeader.Quote(header.Format)}, version {header.Version}";
            throw new ModelFileException(path, null, $"{found}; expected \"{format}\", version {version}");
        }

        return Deserialize(json, path, format, type);
    }

    private static T Deserialize<T>(ReadOnlySpan<byte> json, string path, string format, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new JsonException("null, expected an object", "$", 0, 0);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            // Not supported: an object that should say by a property of which type it is, and does not.
            string reason = $"expected JSON of the format \"{format}\"; {Reason(error)}";
            throw new ModelFileException(path, OffsetOf(error as JsonException, json), reason);
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

    // Without the position, which stands before it. Names from the file may be of any length and hold any character.
    private static string Reason(Exception error)
    {
        string reason = error.Message.Split(" | LineNumber")[0];
        string start = reason.Length <= MaximumReason ? reason : $"{reason[..MaximumReason]}...";
        return JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(start);
    }
}

/// <summary>What every version of every file begins with.</summary>
internal sealed record JsonHeader(string Format, int Version);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JsonHeader))]
internal sealed partial class JsonHeaders : JsonSerializerContext;
