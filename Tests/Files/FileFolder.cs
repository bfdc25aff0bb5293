using System.Buffers.Binary;
using System.Text;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>A folder for one test's files, deleted with all in it at the end.</summary>
internal sealed class FileFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("minilstm-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Names of all that lies in the folder, sorted.</summary>
    public string[] Names =>
        [.. Directory.EnumerateFileSystemEntries(Path).Select(entry => System.IO.Path.GetFileName(entry)).Order()];

    /// <summary>Writes a file of any content and gives its path.</summary>
    public string Add(string name, ReadOnlySpan<byte> content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    /// <summary>Opens a file of any content as safetensors.</summary>
    public SafetensorsFile Open(ReadOnlySpan<byte> content) => SafetensorsFile.Open(Add("case.safetensors", content));

    /// <summary>The bytes of a file with this header, sound or not, and this data.</summary>
    public static byte[] Bytes(string header, params ReadOnlySpan<byte> data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        data.CopyTo(file.AsSpan(8 + json.Length));
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
