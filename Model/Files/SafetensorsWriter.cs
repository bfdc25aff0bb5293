using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MiniLstm.Model;

/// <summary>Writes a safetensors file: all tensors are declared first, then their values follow one by one, so that the
/// largest tensor is all that must be in memory at a time.</summary>
/// <remarks>The same declarations, metadata and values give the same bytes: tensors keep the order in which they are
/// declared, metadata is sorted by key, and the header is padded with spaces to a multiple of eight bytes.</remarks>
public sealed class SafetensorsWriter
{
    private readonly Stream _stream;
    private readonly IReadOnlyList<SafetensorsTensor> _tensors;
    private int _written;

    /// <summary>Writes the header.</summary>
    /// <param name="stream">Receives the file, from its present position on; it is written to, and not closed.</param>
    /// <param name="tensors">Every tensor that is going to be written, in that order.</param>
    /// <param name="metadata">What else the file says about itself.</param>
    /// <exception cref="ArgumentException">Two tensors share a name, or a text of the metadata is not valid
    /// Unicode.</exception>
    /// <exception cref="IOException">The stream refuses.</exception>
    public SafetensorsWriter(
        Stream stream, IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors files are little-endian, this machine is not");

        _stream = stream;
        _tensors = tensors;
        WriteHeader(metadata);
    }

    /// <summary>Writes the next tensor, declared as F32.</summary>
    /// <param name="name">Its name: the next in the order of declaration.</param>
    /// <param name="values">Its elements, row-major.</param>
    /// <exception cref="ArgumentException">Another tensor, type or number of elements is next.</exception>
    /// <exception cref="IOException">The stream refuses.</exception>
    public void Write(string name, ReadOnlySpan<float> values) => Write(name, SafetensorsType.F32, values);

    /// <summary>Writes the next tensor, declared as F64.</summary>
    /// <inheritdoc cref="Write(string, ReadOnlySpan{float})"/>
    public void Write(string name, ReadOnlySpan<double> values) => Write(name, SafetensorsType.F64, values);

    /// <summary>Writes the next tensor, declared as I32.</summary>
    /// <inheritdoc cref="Write(string, ReadOnlySpan{float})"/>
    public void Write(string name, ReadOnlySpan<int> values) => Write(name, SafetensorsType.I32, values);

    /// <summary>Writes the next tensor, declared as I64.</summary>
    /// <inheritdoc cref="Write(string, ReadOnlySpan{float})"/>
    public void Write(string name, ReadOnlySpan<long> values) => Write(name, SafetensorsType.I64, values);

    /// <summary>Ends the file: to be called last, so that a forgotten tensor cannot pass unnoticed.</summary>
    /// <exception cref="InvalidOperationException">A declared tensor has not been written.</exception>
    public void Complete()
    {
        if (_written < _tensors.Count)
        {
            throw new InvalidOperationException(
                $"expected {_tensors[_written]} to be written before the file is complete");
        }
    }

    private void Write<T>(string name, SafetensorsType type, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        SafetensorsTensor? next = _written < _tensors.Count ? _tensors[_written] : null;
        if (next is null || next.Name != name || next.Type != type || next.Count != values.Length)
        {
            throw new ArgumentException(
                $"expected {next?.ToString() ?? "no further tensor"}, got {name} {type} with {values.Length} elements");
        }

        _stream.Write(MemoryMarshal.AsBytes(values));
        _written++;
    }

    private void WriteHeader(IReadOnlyDictionary<string, string> metadata)
    {
        var json = new ArrayBufferWriter<byte>();

        // The relaxed encoder leaves quotes and letters readable; what it relaxes concerns web pages.
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(json, options))
        {
            writer.WriteStartObject();
            WriteMetadata(writer, metadata);
            WriteTensors(writer);
            writer.WriteEndObject();
        }

        int padding = -json.WrittenCount & 7;
        json.GetSpan(padding)[..padding].Fill((byte)' ');
        json.Advance(padding);

        Span<byte> length = stackalloc byte[SafetensorsHeader.Start];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.WrittenCount);
        _stream.Write(length);
        _stream.Write(json.WrittenSpan);
    }

    private static void WriteMetadata(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
            return;

        writer.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            SafetensorsTensor.Utf8.GetByteCount(key);
            SafetensorsTensor.Utf8.GetByteCount(value);
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    private void WriteTensors(Utf8JsonWriter writer)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        long begin = 0;
        foreach (SafetensorsTensor tensor in _tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"two tensors are named {tensor.Name}");

            long end = checked(begin + tensor.ByteCount);
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.Type.ToString());
            WriteNumbers(writer, "shape", tensor.Shape);
            WriteNumbers(writer, "data_offsets", [begin, end]);
            writer.WriteEndObject();
            begin = end;
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string key, IReadOnlyList<long> numbers)
    {
        writer.WriteStartArray(key);
        foreach (long number in numbers)
            writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
