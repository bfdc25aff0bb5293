using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using MiniLstm.Model;
using PureHDF;
using PureHDF.VOL.Native;

namespace MiniLstm.Training;

/// <summary>An HDF5 file whose content is not trusted. PureHDF parses it, from a stream that ends every circle; sizes are held against the
/// length of the file before anything of that size is allocated; whatever goes wrong is a <see cref="ModelFileException"/>.</summary>
/// <remarks>PureHDF itself reserves what a header asks for, up to 2 GB, before it finds the file too short: memory that is never touched,
/// and garbage at once.</remarks>
[RequiresDynamicCode(NeedsJit)]
[RequiresUnreferencedCode(NeedsJit)]
internal sealed class Hdf5File : IDisposable
{
    /// <summary>Why programs that are compiled ahead of time cannot read HDF5.</summary>
    public const string NeedsJit = "PureHDF reads numbers by reflection over generic methods, which only a just-in-time compiler can follow";

    // Of weights, nothing compresses to less than this part; of a bomb, nearly everything.
    private const long MaximumExpansion = 100;

    private readonly string _path;
    private readonly GuardedStream _stream;
    private readonly NativeFile _file;
    private long _decoded;

    private Hdf5File(string path, GuardedStream stream, NativeFile file)
    {
        _path = path;
        _stream = stream;
        _file = file;
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="content">Its bytes; the caller closes them.</param>
    /// <exception cref="ModelFileException">It is not HDF5.</exception>
    public static Hdf5File Open(string path, Stream content)
    {
        var stream = new GuardedStream(content);
        return new(path, stream, Guard(path, "the superblock", () => H5File.Open(stream, leaveOpen: true)));
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Whether there is a group of that path.</summary>
    public bool HasGroup(string path) =>
        Guard(path, () => _file.LinkExists(path) && _file.Get(path) is IH5Group);

    /// <summary>The names of the groups inside a group, sorted.</summary>
    public IReadOnlyList<string> Groups(string path) =>
        Guard(path, () => Children(path).OfType<IH5Group>().Select(child => child.Name).Order(StringComparer.Ordinal).ToArray());

    /// <summary>How many data sets lie in a group.</summary>
    public int CountOfArrays(string path) => Guard(path, () => Children(path).OfType<IH5Dataset>().Count());

    /// <summary>A text attribute, or null if there is none of that name.</summary>
    public string? Text(string path, string attribute)
    {
        return Guard($"{path}, attribute {attribute}", () =>
        {
            IH5Object owner = _file.Get(path);
            if (!owner.AttributeExists(attribute))
                return null;
            IReadOnlyList<string> texts = Texts(owner.Attribute(attribute));
            return texts.Count == 1 ? texts[0] : throw new InvalidDataException($"{texts.Count} texts, expected one");
        });
    }

    /// <summary>An attribute that lists names, or null if there is none. Keras cuts a list that is too long for one attribute into
    /// several, whose names end in 0, 1, 2.</summary>
    public IReadOnlyList<string>? Names(string path, string attribute)
    {
        return Guard($"{path}, attribute {attribute}", () =>
        {
            IH5Object owner = _file.Get(path);
            if (owner.AttributeExists(attribute))
                return Texts(owner.Attribute(attribute));

            var names = new List<string>();
            int part = 0;
            for (; owner.AttributeExists($"{attribute}{part}"); part++)
                names.AddRange(Texts(owner.Attribute($"{attribute}{part}")));
            return part == 0 ? null : (IReadOnlyList<string>)names;
        });
    }

    /// <summary>The elements of a data set of floating point.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="name">The name that the result has.</param>
    public KerasArray Array(string path, string name)
    {
        return Guard(path, () =>
        {
            if (_file.Get(path) is not NativeDataset data)
                throw new InvalidDataException("found something else than a data set");
            if (data.Type.Class != H5DataTypeClass.FloatingPoint)
                throw new InvalidDataException($"elements of type {data.Type.Class}, expected floating point");

            int[] shape = [.. data.Space.Dimensions.Select(size => checked((int)size))];
            long count = Count(data.Space.Dimensions);
            long bytes = checked(count * data.Type.Size);
            CheckSize(data, bytes);
            float[] values = count == 0 ? [] : ReadFloats(data, checked((int)count), bytes);
            return new KerasArray(name, shape, values);
        });
    }

    private IEnumerable<IH5Object> Children(string path) => _file.Get(path) is IH5Group group
        ? group.Children()
        : throw new InvalidDataException("found something else than a group");

    private void CheckSize(NativeDataset data, long bytes)
    {
        bool isChunked = data.Layout.Class == H5DataLayoutClass.Chunked;
        if (data.Layout.Class == H5DataLayoutClass.VirtualStorage)
            throw new InvalidDataException("its elements lie in other files");

        long limit = isChunked ? checked(MaximumExpansion * _stream.Length) : _stream.Length;
        long chunk = isChunked ? checked(Count([.. data.Layout.Chunks.Select(size => (ulong)size)]) * data.Type.Size) : 0;
        _decoded = checked(_decoded + bytes);
        if (bytes > limit || chunk > limit || _decoded > MaximumExpansion * _stream.Length)
        {
            throw new InvalidDataException(
                $"{bytes} bytes of elements, more than a file of {_stream.Length} bytes can hold (truncated?)");
        }
    }

    private float[] ReadFloats(NativeDataset data, int count, long bytes)
    {
        byte[] stored = new byte[bytes];
        long before = _stream.BytesRead;
        data.Read<byte>(stored);

        // A link or a list of files can lead PureHDF out of this file; such values came by another way than this stream.
        long needed = data.Layout.Class == H5DataLayoutClass.Contiguous ? bytes : 0;
        if (_stream.BytesRead - before < needed)
            throw new InvalidDataException("its elements lie in other files");
        return data.Type.Size switch
        {
            2 => Convert<Half>(stored, value => (float)value),
            4 => Convert<float>(stored, value => value),
            8 => Convert<double>(stored, value => (float)value),
            int size => throw new InvalidDataException($"floating point of {size} bytes, expected 2, 4 or 8"),
        };
    }

    private static float[] Convert<T>(byte[] stored, Func<T, float> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(stored);
        float[] values = new float[elements.Length];
        for (int k = 0; k < values.Length; k++)
            values[k] = convert(elements[k]);
        return values;
    }

    private string[] Texts(IH5Attribute attribute)
    {
        // An empty list of names was written as a list of no numbers.
        long count = Count(attribute.Space.Dimensions);
        if (attribute.Space.Type == H5DataspaceType.Null || count == 0)
            return [];
        if (attribute.Type.Class is not (H5DataTypeClass.String or H5DataTypeClass.VariableLength))
            throw new InvalidDataException($"elements of type {attribute.Type.Class}, expected text");
        if (checked(count * attribute.Type.Size) > _stream.Length)
            throw new InvalidDataException($"{count} texts, more than a file of {_stream.Length} bytes can hold");

        string[] texts = new string[count];
        ((NativeAttribute)attribute).Read<string>(texts);
        return [.. texts.Select(text => text ?? "")];
    }

    private static long Count(ulong[] sizes)
    {
        ulong count = 1;
        foreach (ulong size in sizes)
            count = checked(count * size);
        return checked((long)count);
    }

    private T Guard<T>(string place, Func<T> read)
    {
        return Guard(_path, ForeignText.Show(place), () =>
        {
            T result = read();
            return _stream.HasRefused ? throw new InvalidDataException("its parts refer to each other in a circle") : result;
        });
    }

    // PureHDF fails in as many ways as bytes can be wrong; a disk that fails is another matter.
    private static T Guard<T>(string path, string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (ModelFileException or IOException) or EndOfStreamException)
        {
            throw new ModelFileException(path, null, $"expected HDF5 as Keras writes it; {place}: {ForeignText.OneLine(error.Message)}");
        }
    }
}
