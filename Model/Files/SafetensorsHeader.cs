using System.Text.Encodings.Web;
using System.Text.Json;

namespace MiniLstm.Model;

/// <summary>Reads the JSON header of a safetensors file and holds all that it claims against the file.</summary>
/// <remarks>The header is hostile until proven otherwise. It is walked token by token, so that every refusal names the
/// byte of its token, a key given twice is seen whatever other readers make of it, and nothing grows faster than the
/// header itself: no size that it claims is allocated.</remarks>
internal ref struct SafetensorsHeader
{
    /// <summary>The key of the header that holds metadata instead of a tensor.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>Where the header begins: after its length, a 64-bit integer.</summary>
    public const int Start = 8;

    /// <summary>The format's own limit on the header's length.</summary>
    public const int MaximumLength = 100_000_000;

    // More axes than any framework has; a limit, so that two bytes of JSON do not become eight of shape without end.
    private const int MaximumRank = 64;

    private const int QuotedCharacters = 80;

    private readonly string _file;
    private readonly long _fileLength;
    private readonly long _dataStart;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);
    private Utf8JsonReader _reader;

    private SafetensorsHeader(string file, long fileLength, ReadOnlySpan<byte> json)
    {
        _file = file;
        _fileLength = fileLength;
        _dataStart = Start + json.Length;
        _reader = new Utf8JsonReader(json);
    }

    /// <summary>Reads a header.</summary>
    /// <param name="file">Path of the file, for messages.</param>
    /// <param name="fileLength">Its length in bytes.</param>
    /// <param name="json">The header, from byte <see cref="Start"/> on.</param>
    /// <returns>The metadata, and the tensors in the order of their data.</returns>
    /// <exception cref="ModelFileException">The header is not what the format and the file's length allow.</exception>
    public static (IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<SafetensorsTensor> Tensors) Read(
        string file, long fileLength, ReadOnlySpan<byte> json)
    {
        var header = new SafetensorsHeader(file, fileLength, json);
        header.ReadObject();
        SafetensorsTensor[] tensors =
            [.. header._tensors.Values.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.ByteCount)];
        header.CheckCover(tensors);
        return (header._metadata, tensors);
    }

    /// <summary>Names from a file, in quotes, for a message: one short line without control characters.</summary>
    public static string Quote(string text)
    {
        string start = text.Length <= QuotedCharacters ? text : text[..QuotedCharacters];
        return $"\"{JavaScriptEncoder.Default.Encode(start)}{(start == text ? "" : "...")}\"";
    }

    private readonly long TokenOffset => Start + _reader.TokenStartIndex;

    private void ReadObject()
    {
        Expect(JsonTokenType.StartObject, "the header: expected an object");
        bool hasMetadata = false;
        while (Next() == JsonTokenType.PropertyName)
        {
            long offset = TokenOffset;
            string name = Text();
            if (name == MetadataKey ? hasMetadata : _tensors.ContainsKey(name))
                throw Problem(offset, $"expected every name once, found {Quote(name)} again");

            if (name == MetadataKey)
            {
                ReadMetadata();
                hasMetadata = true;
            }
            else
            {
                _tensors.Add(name, ReadTensor(name));
            }
        }

        // Nothing but white space may follow the object; the reader refuses all else.
        Next();
    }

    private void ReadMetadata()
    {
        Expect(JsonTokenType.StartObject, $"{MetadataKey}: expected an object");
        while (Next() == JsonTokenType.PropertyName)
        {
            long offset = TokenOffset;
            string key = Text();
            Expect(JsonTokenType.String, $"{MetadataKey}, {Quote(key)}: expected a string");
            if (!_metadata.TryAdd(key, Text()))
                throw Problem(offset, $"{MetadataKey}: expected every key once, found {Quote(key)} again");
        }
    }

    private SafetensorsTensor ReadTensor(string name)
    {
        Expect(JsonTokenType.StartObject, $"tensor {Quote(name)}: expected an object");
        SafetensorsType? type = null;
        long[]? shape = null;
        long[]? span = null;
        long shapeOffset = 0;
        long spanOffset = 0;
        while (Next() == JsonTokenType.PropertyName)
        {
            long offset = TokenOffset;
            switch (Text())
            {
                case "dtype" when type is null:
                    type = ReadType(name);
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(name, "shape", MaximumRank);
                    shapeOffset = offset;
                    break;
                case "data_offsets" when span is null:
                    span = ReadNumbers(name, "data_offsets", 2);
                    spanOffset = offset;
                    break;
                case string key:
                    throw Problem(offset, $"tensor {Quote(name)}: expected dtype, shape and data_offsets, "
                        + $"once each, found {Quote(key)}");
            }
        }

        if (type is null || shape is null || span is not [long begin, long end])
        {
            throw Problem(TokenOffset, $"tensor {Quote(name)}: expected dtype, shape and data_offsets, two numbers, "
                + "before the end of its object");
        }

        if (begin > end || end > _fileLength - _dataStart)
        {
            throw Problem(spanOffset, $"tensor {Quote(name)}: data_offsets [{begin}, {end}], expected an ascending "
                + $"pair within the {_fileLength - _dataStart} bytes of data that the file has (truncated?)");
        }

        SafetensorsTensor tensor;
        try
        {
            tensor = new SafetensorsTensor(name, type.Value, shape) { Offset = _dataStart + begin };
        }
        catch (OverflowException)
        {
            throw Problem(shapeOffset, $"tensor {Quote(name)}: expected a shape whose size fits 64 bits, "
                + $"found [{string.Join(", ", shape)}]");
        }

        if (tensor.ByteCount != end - begin)
        {
            throw Problem(spanOffset, $"tensor {Quote(name)}: data_offsets [{begin}, {end}] hold {end - begin} bytes, "
                + $"expected {tensor.ByteCount} for {type} [{string.Join(", ", shape)}]");
        }

        return tensor;
    }

    private SafetensorsType ReadType(string name)
    {
        Expect(JsonTokenType.String, $"tensor {Quote(name)}, dtype: expected a string");
        string type = Text();
        return SafetensorsTypes.Named(type)
            ?? throw Problem(TokenOffset, $"tensor {Quote(name)}: unknown dtype {Quote(type)}, expected one of "
                + string.Join(", ", Enum.GetValues<SafetensorsType>()));
    }

    private long[] ReadNumbers(string name, string key, int maximumCount)
    {
        Expect(JsonTokenType.StartArray, $"tensor {Quote(name)}, {key}: expected an array");
        Span<long> numbers = stackalloc long[maximumCount];
        int count = 0;
        while (Next() != JsonTokenType.EndArray)
        {
            // Unsigned, since the signed parser takes -0; neither takes 1e3 or 1.0.
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetUInt64(out ulong number)
                || number > long.MaxValue || count == maximumCount)
            {
                throw Problem(TokenOffset, $"tensor {Quote(name)}, {key}: expected at most {maximumCount} whole "
                    + "numbers, plain digits, below 2^63");
            }

            numbers[count] = (long)number;
            count++;
        }

        return numbers[..count].ToArray();
    }

    /// <summary>Every byte of the data belongs to one tensor, so that no two readers can see different values and
    /// nothing travels hidden. An empty tensor counts too: it may stand only where another ends.</summary>
    private readonly void CheckCover(ReadOnlySpan<SafetensorsTensor> tensors)
    {
        long end = _dataStart;
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (tensor.Offset != end)
            {
                throw Problem(tensor.Offset, $"tensor {Quote(tensor.Name)} begins here, expected byte {end}, where the "
                    + $"data before it ends: {(tensor.Offset < end ? "tensors overlap" : "there is a hole")}");
            }

            end += tensor.ByteCount;
        }

        if (end != _fileLength)
            throw Problem(end, $"expected the file to end here, with its last tensor; it has {_fileLength} bytes");
    }

    private JsonTokenType Next()
    {
        try
        {
            _reader.Read();
            return _reader.TokenType;
        }
        catch (JsonException)
        {
            throw Problem(Start + _reader.BytesConsumed, "the header: expected valid JSON from here on");
        }
    }

    private void Expect(JsonTokenType type, string expected)
    {
        if (Next() != type)
            throw Problem(TokenOffset, $"{expected}, found {_reader.TokenType}");
    }

    private readonly string Text()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Problem(TokenOffset, "the header: expected valid Unicode in this text");
        }
    }

    private readonly ModelFileException Problem(long offset, string expected) => new(_file, offset, expected);
}
