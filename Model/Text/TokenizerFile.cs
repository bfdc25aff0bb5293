using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

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
    public static TokenizerFile Read(string path) => Parse(JsonFile.ReadBytes(path, MaximumBytes), path);

    /// <summary>Reads the content of a file.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="path">Path of the file, for messages.</param>
    /// <returns>The tokenizer and its normaliser.</returns>
    /// <exception cref="ModelFileException">The content is not what the format promises.</exception>
    /// <exception cref="PlatformNotSupportedException">As the constructor of <see cref="TextNormalizer"/>.</exception>
    public static TokenizerFile Parse(ReadOnlySpan<byte> json, string path)
    {
        TokenizerContent content = JsonFile.Parse(json, path, Format, Version, TokenizerJson.Default.TokenizerContent);
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
}

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
[JsonSerializable(typeof(TokenizerContent))]
internal sealed partial class TokenizerJson : JsonSerializerContext;
