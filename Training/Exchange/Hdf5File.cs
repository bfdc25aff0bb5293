using System.Runtime.InteropServices;
using System.Text;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>
/// A file in the Hierarchical Data Format 5, as far as Keras uses it: groups, attributes of text, and whole arrays of
/// floating point (https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html). The content is not trusted:
/// see <see cref="Hdf5Bytes"/>; every contradiction is a <see cref="ModelFileException"/>.
/// </summary>
/// <remarks>A path leads from the root, names separated by slashes. What only the newest versions of the format have,
/// and parts in other files, are refused, each by its name.</remarks>
internal sealed class Hdf5File
{
    private readonly Hdf5Bytes _file;
    private readonly ulong _root;

    // Objects by address; each is parsed once, however many names lead to it.
    private readonly Dictionary<ulong, IReadOnlyList<Hdf5Message>> _objects = [];
    private readonly Dictionary<ulong, IReadOnlyDictionary<string, ulong>?> _links = [];
    private readonly Dictionary<ulong, byte[]> _heaps = [];

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="content">Its bytes; the caller closes them.</param>
    public Hdf5File(string path, Stream content)
    {
        _file = new(path, content);
        _root = Guard("the superblock", 0, ReadRoot);
    }

    /// <summary>The first bytes of every such file.</summary>
    public static ReadOnlySpan<byte> Signature =>
        [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>Whether there is a group of that path.</summary>
    public bool HasGroup(string path) => Find(path) is { } address && Links(address) is not null;

    /// <summary>The names inside a group, sorted; those of groups, or those of arrays.</summary>
    public IReadOnlyList<string> Children(string path, bool groups)
    {
        IReadOnlyDictionary<string, ulong> links = (Find(path) is { } address ? Links(address) : null)
            ?? throw _file.Problem(0, $"no group {path}");
        return
        [
            .. links.Where(link => Links(link.Value) is not null == groups)
                .Select(link => link.Key)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>A text attribute, or null if there is none of that name.</summary>
    public string? Text(string path, string attribute)
    {
        string[]? texts = Attribute(path, attribute);
        return texts is null or [_]
            ? texts?[0]
            : throw _file.Problem(0, $"{path}, {attribute}: {texts.Length} texts, expected one");
    }

    /// <summary>An attribute that lists names, or null if there is none. Keras cuts a list that is too long for one
    /// attribute into several, whose names end in 0, 1, 2.</summary>
    public IReadOnlyList<string>? Names(string path, string attribute)
    {
        if (Attribute(path, attribute) is { } whole)
            return whole;
        var names = new List<string>();
        int parts = 0;
        for (; Attribute(path, $"{attribute}{parts}") is { } part; parts++)
            names.AddRange(part);
        return parts == 0 ? null : names;
    }

    /// <summary>An array of floating point, converted to float32.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="name">The name that the result has.</param>
    public KerasArray Array(string path, string name)
    {
        ulong address = Find(path) ?? throw _file.Problem(0, $"no array {path}");
        return Guard(path, address, () =>
        {
            IReadOnlyList<Hdf5Message> messages = Messages(address);
            byte[]? First(int type) => messages
                .Where(message => message.Type == type)
                .Select(message => message.Data)
                .FirstOrDefault();
            byte[] Only(int type) => First(type)
                ?? throw new FormatException("found something else than an array");

            if (messages.Any(message => message.Type == Hdf5Object.ExternalFiles))
                throw new FormatException("its elements lie in other files");
            Hdf5Type type = Hdf5Type.Read(Only(Hdf5Object.Datatype));
            ulong[] sizes = Hdf5Space.Read(Only(Hdf5Object.Dataspace));
            ulong bytes = checked(Hdf5Space.Count(sizes) * (ulong)type.Size);
            int[] shape = [.. sizes.Select(size => checked((int)size))];
            var filters = Hdf5Filters.Read(First(Hdf5Object.Filters));
            return new KerasArray(name, shape, Floats(type, Elements(Only(Hdf5Object.Layout), filters, sizes, bytes)));
        });
    }

    private ulong ReadRoot()
    {
        byte[] start = _file.Read(0, 96, "the superblock");
        var fields = new Hdf5Fields(start);
        if (!fields.Bytes(8).SequenceEqual(Signature))
            throw new FormatException("found another signature");
        int version = fields.Byte();
        if (version > 3)
            throw new FormatException($"version {version}, expected 0 to 3");

        // Old: versions of four other parts, sizes of addresses and lengths, three numbers, four addresses, then the
        // link to the root.
        bool isOld = version < 2;
        fields.Skip(isOld ? 4 : 0);
        if (fields.Byte() != 8 || fields.Byte() != 8)
            throw new FormatException("addresses of another size than 8 bytes");
        if (!isOld)
        {
            fields.Skip(1 + 3 * 8);
            return fields.UInt64();
        }

        fields.Skip(1 + 2 + 2 + 4 + (version == 1 ? 4 : 0) + 4 * 8 + 8);
        return fields.UInt64();
    }

    private ulong? Find(string path)
    {
        ulong address = _root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Links(address) is not { } links || !links.TryGetValue(name, out address))
                return null;
        }

        return address;
    }

    private IReadOnlyList<Hdf5Message> Messages(ulong address)
    {
        if (!_objects.TryGetValue(address, out IReadOnlyList<Hdf5Message>? messages))
            _objects.Add(address, messages = Hdf5Object.Read(_file, address));
        return messages;
    }

    private IReadOnlyDictionary<string, ulong>? Links(ulong address)
    {
        if (!_links.TryGetValue(address, out IReadOnlyDictionary<string, ulong>? links))
        {
            links = Guard("a group", address, () => Hdf5Links.Read(_file, address, Messages(address)));
            _links.Add(address, links);
        }

        return links;
    }

    private string[]? Attribute(string path, string attribute)
    {
        if (Find(path) is not { } address)
            return null;
        return Guard($"{path}, attribute {attribute}", address, () =>
        {
            foreach (Hdf5Message message in Messages(address))
            {
                if (message.Type == Hdf5Object.Attribute && Texts(message.Data, attribute) is { } texts)
                    return texts;
                if (message.Type == Hdf5Object.AttributeInfo)
                    RefuseDense(message.Data);
            }

            return null;
        });
    }

    private static void RefuseDense(byte[] data)
    {
        var fields = new Hdf5Fields(data);
        fields.Skip(1);
        fields.Skip((fields.Byte() & 1) != 0 ? 2 : 0);
        if (fields.UInt64() != Hdf5Bytes.NoAddress)
            throw new FormatException("attributes in a fractal heap, which Keras does not write");
    }

    // The texts of an attribute, if it has the name. Name, type and sizes are filled up to whole eights of bytes in
    // version 1.
    private string[]? Texts(byte[] data, string name)
    {
        var fields = new Hdf5Fields(data);
        int version = fields.Byte();
        int flags = fields.Byte();
        (int nameLength, int typeLength, int spaceLength) = (fields.UInt16(), fields.UInt16(), fields.UInt16());
        fields.Skip(version == 3 ? 1 : 0);
        ulong Filled(int length) => (ulong)(version == 1 ? (length + 7) / 8 * 8 : length);
        ReadOnlySpan<byte> found = fields.Bytes(Filled(nameLength)).TrimEnd((byte)0);
        if (Encoding.UTF8.GetString(found) != name)
            return null;
        if (version is < 1 or > 3 || (version > 1 && flags != 0))
            throw new FormatException($"version {version} with flags {flags}, which Keras does not write");

        Hdf5Type type = Hdf5Type.Read(fields.Bytes(Filled(typeLength)));
        ulong count = Hdf5Space.Count(Hdf5Space.Read(fields.Bytes(Filled(spaceLength))));

        // An empty list of names was written as a list of no numbers.
        if (count == 0)
            return [];
        if (type.Kind is not (Hdf5Kind.Text or Hdf5Kind.VariableText))
            throw new FormatException("expected text");
        byte[] elements = fields.Bytes(checked(count * (ulong)type.Size)).ToArray();
        Func<byte[], string> read = type.Kind == Hdf5Kind.Text ? FixedText : VariableText;
        return [.. elements.Chunk(type.Size).Select(read)];
    }

    private static string FixedText(byte[] element)
    {
        int end = System.Array.IndexOf(element, (byte)0);
        return Encoding.UTF8.GetString(element, 0, end < 0 ? element.Length : end);
    }

    // Length, address of a collection of objects, and the number of one in it.
    private string VariableText(byte[] element)
    {
        var place = new Hdf5Fields(element);
        uint length = place.UInt32();
        ulong address = place.UInt64();
        uint number = place.UInt32();
        if (length == 0)
            return "";

        var objects = new Hdf5Fields(Heap(address));
        while (objects.Left >= 16)
        {
            uint index = objects.UInt16();
            objects.Skip(6);
            ulong size = objects.UInt64();
            if (index == 0)
                break;
            ReadOnlySpan<byte> content = objects.Bytes(Math.Min(checked((size + 7) / 8 * 8), (ulong)objects.Left));
            if (index == number && length <= (ulong)content.Length)
                return Encoding.UTF8.GetString(content[..(int)length].TrimEnd((byte)0));
        }

        throw new FormatException($"a text of {length} bytes, number {number} of a heap that has none such");
    }

    private byte[] Heap(ulong address)
    {
        if (!_heaps.TryGetValue(address, out byte[]? heap))
        {
            var head = new Hdf5Fields(_file.Read(address, 16, "GCOL", "a heap of texts"));
            head.Skip(8);
            ulong size = head.UInt64();
            _heaps.Add(address, heap = _file.Read(address + 16, size < 16 ? 0 : size - 16, "a heap of texts"));
        }

        return heap;
    }

    private byte[] Elements(byte[] layout, Hdf5Filters filters, ulong[] sizes, ulong bytes)
    {
        var fields = new Hdf5Fields(layout);
        int version = fields.Byte();
        int kind = fields.Byte();
        if (version is not (3 or 4) || kind > 2)
            throw new FormatException($"elements laid out in way {kind} of version {version}, which is not read here");
        if (kind == 2)
            return bytes == 0 ? [] : Hdf5Chunks.Read(_file, fields, version, filters, sizes, bytes);
        if (kind == 0)
        {
            ushort length = fields.UInt16();
            return length == bytes
                ? fields.Bytes(bytes).ToArray()
                : throw new FormatException($"{length} bytes of elements, expected {bytes}");
        }

        ulong address = fields.UInt64();
        return bytes == 0 ? [] : _file.Read(address, bytes, "elements");
    }

    private static float[] Floats(Hdf5Type type, byte[] elements) => type.Kind switch
    {
        Hdf5Kind.Float16 => Converted<Half>(elements, value => (float)value),
        Hdf5Kind.BFloat16 => Converted<ushort>(elements, value => BitConverter.UInt32BitsToSingle((uint)value << 16)),
        Hdf5Kind.Float32 => Converted<float>(elements, value => value),
        Hdf5Kind.Float64 => Converted<double>(elements, value => (float)value),
        _ => throw new FormatException("expected floating point of 2, 4 or 8 bytes, little-endian"),
    };

    private static float[] Converted<T>(byte[] elements, Func<T, float> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> stored = MemoryMarshal.Cast<byte, T>(elements);
        float[] values = new float[stored.Length];
        for (int k = 0; k < values.Length; k++)
            values[k] = convert(stored[k]);
        return values;
    }

    private T Guard<T>(string place, ulong address, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            string reason = error is OverflowException ? "sizes beyond all reason" : error.Message;
            throw _file.Problem(address, $"{ForeignText.Show(place)}: {reason}");
        }
    }
}
