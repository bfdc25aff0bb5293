using System.IO.Compression;
using System.Text.Json;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>A <c>.keras</c> file: a zip archive of <c>metadata.json</c>, <c>config.json</c> and
/// <c>model.weights.h5</c>.</summary>
internal static class KerasArchive
{
    private const int MaximumText = 64 << 20;

    // Keras stores its files uncompressed; who packs them again gains a little.
    private const long MaximumExpansion = 100;

    public static KerasModel Read(string path, Stream content)
    {
        try
        {
            using var archive = new ZipArchive(content, ZipArchiveMode.Read);
            byte[] metadata = ReadEntry(path, content, archive, "metadata.json", MaximumText);
            byte[] config = ReadEntry(path, content, archive, "config.json", MaximumText);
            string version = Version(path, metadata);
            byte[] hdf5 = ReadEntry(path, content, archive, "model.weights.h5", Array.MaxLength);
            using var weights = new MemoryStream(hdf5);
            return KerasConfig.Parse(path, version, config, layers => KerasHdf5.Fill(path, weights, layers));
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            string reason = ForeignText.OneLine(error.Message);
            throw new ModelFileException(path, null, $"expected a .keras archive, a sound zip file; {reason}");
        }
    }

    private static byte[] ReadEntry(string path, Stream content, ZipArchive archive, string name, long maximum)
    {
        ZipArchiveEntry entry = archive.GetEntry(name)
            ?? throw new ModelFileException(path, null, $"a zip archive, but none of Keras: expected {name} in it");
        long limit = Math.Min(maximum, MaximumExpansion * content.Length);
        if (entry.Length > limit)
        {
            throw new ModelFileException(
                path, null, $"{name}: {entry.Length} bytes when unpacked, expected at most {limit}");
        }


        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string Version(string path, byte[] metadata)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(metadata);
            return json.RootElement.GetProperty("keras_version").GetString() ?? "";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            string reason = ForeignText.OneLine(error.Message);
            throw new ModelFileException(path, null, $"metadata.json: expected keras_version; {reason}");
        }
    }
}
