using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MiniLstm.Model;

/// <summary>
/// The file <c>tokenizer.json</c> of a model: how text becomes token ids, the normaliser first and then the tokenizer,
/// so that a model reads text in use as it read it in training.
/// </summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Normalizer">What is done to a text before it is tokenized.</param>
public sealed record TokenizerFile(CharacterTokenizer Tokenizer, TextNormalizer Normalizer)
{
    /// <summary>The file's name inside a model's folder.</summary>
    public const string Name = "tokenizer.json";

    private const string Format = "minilstm-character-tokenizer";
    private const int Version = 1;

    // Every scalar of Unicode, escaped, takes less than half of this.
    private const int MaximumBytes = 32 << 20;

    private const int MaximumReason = 200;

    /// <summary>The file's content; equal tokenizers and normalisers give equal bytes.</summary>
    /// <returns>UTF-8 JSON.</returns>
    public byte[] ToBytes()
    {
        var scalars = new StringBuilder(Tokenizer.Count);
        foreach (Rune scalar in Tokenizer.Scalars)
            scalars.Append(scalar);
        var content = new TokenizerContent(Format, Version, Normalizer.Options, scalars.ToString());
        return JsonSerializer.SerializeToUtf8Bytes(content, TokenizerJson.Default.TokenizerContent);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <returns>The tokenizer and its normaliser.</returns>
    /// <exception cref="ModelFileException">The content is not what the format promises.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    /// <exception cref="PlatformNotSupportedException">As the constructor of <see cref="TextNormalizer"/>.</exception>
    public static TokenizerFile Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaximumBytes)
            throw new ModelFileException(path, null, $"{length} bytes, expected a tokenizer of at most {MaximumBytes}");
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads the content of a file.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="path">Path of the file, for messages.</param>
    /// <returns>The tokenizer and its normaliser.</returns>
    /// <exception cref="ModelFileException">The content is not what the format promises.</exception>
    /// <exception cref="PlatformNotSupportedException">As the constructor of <see cref="TextNormalizer"/>.</exception>
    public static TokenizerFile Parse(ReadOnlySpan<byte> json, string path)
    {
        TokenizerContent content;
        try
        {
            // Format and version first: another version may have any other properties.
            TokenizerHeader header = Deserialize(json, TokenizerJson.Default.TokenizerHeader);
            if (header is not { Format: Format, Version: Version })
                throw new ModelFileException(
                    path,
                    null,
                    $"format {SafetensorsHeader.Quote(header.Format)}, version {header.Version}; " +
                    $"expected \"{Format}\", version {Version}");
            content = Deserialize(json, TokenizerJson.Default.TokenizerContent);
        }
        catch (JsonException error)
        {
            throw new ModelFileException(
                path, OffsetOf(error, json), $"expected a tokenizer as JSON; {Reason(error)}");
        }

        try
        {
            // A lone surrogate does not get here: JSON strings that hold one are refused above.
            return new(new(content.Scalars.EnumerateRunes()), new(content.Normalizer));
        }
        catch (ArgumentException error)
        {
            throw new ModelFileException(path, null, error.Message);
        }
    }

    private static T Deserialize<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(json, type) ?? throw new JsonException("null, expected an object", "$", 0, 0);

    private static long? OffsetOf(JsonException error, ReadOnlySpan<byte> json)
    {
        if (error.LineNumber is not long line || error.BytePositionInLine is not long column)
            return null;
        int start = 0;
        for (; line > 0; line--)
            start += json[start..].IndexOf((byte)'\n') + 1;
        return start + column;
    }

    // Without the position, which stands before it. Names from the file may be of any length and hold any character.
    private static string Reason(JsonException error)
    {
        string reason = error.Message.Split(" | LineNumber")[0];
        string start = reason.Length <= MaximumReason ? reason : $"{reason[..MaximumReason]}...";
        return JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(start);
    }
}

/// <summary>What every version of the file begins with.</summary>
internal sealed record TokenizerHeader(string Format, int Version);

/// <summary>The file, version 1; <paramref name="Scalars"/> has the scalar of id 1 first.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record TokenizerContent(string Format, int Version, TextNormalizerOptions Normalizer, string Scalars);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TokenizerHeader))]
[JsonSerializable(typeof(TokenizerContent))]
internal sealed partial class TokenizerJson : JsonSerializerContext;
