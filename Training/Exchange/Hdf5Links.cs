using System.Text;

namespace MiniLstm.Training;

/// <summary>The names of a group and the objects that they lead to. Of links, only the plain ones are followed: those
/// that name another path or another file are as good as absent.</summary>
internal static class Hdf5Links
{
    private const int MaximumLevel = 8;
    private const int SymbolLength = 40;

    /// <summary>Reads the links of a group.</summary>
    /// <returns>Name to address of the object's header; null, if the object is no group.</returns>
    public static IReadOnlyDictionary<string, ulong>? Read(
        Hdf5Bytes file, ulong address, IReadOnlyList<Hdf5Message> messages)
    {
        var links = new Dictionary<string, ulong>(StringComparer.Ordinal);
        bool isGroup = false;
        foreach (Hdf5Message message in messages)
        {
            var fields = new Hdf5Fields(message.Data);
            switch (message.Type)
            {
                case Hdf5Object.SymbolTable:
                    isGroup = true;
                    ulong tree = fields.UInt64();
                    AddTree(file, tree, Heap(file, fields.UInt64()), links, MaximumLevel);
                    break;
                case Hdf5Object.Link:
                    AddLink(fields, links);
                    break;
                case Hdf5Object.LinkInfo:
                    isGroup = true;
                    RefuseDense(file, address, fields);
                    break;
            }
        }

        return isGroup ? links : null;
    }

    // Newer than what Keras writes: a list of links so long that it lies in a heap of its own.
    private static void RefuseDense(Hdf5Bytes file, ulong address, Hdf5Fields fields)
    {
        fields.Skip(1);
        int flags = fields.Byte();
        fields.Skip((flags & 1) != 0 ? 8 : 0);
        if (fields.UInt64() != Hdf5Bytes.NoAddress)
            throw file.Problem(address, "a group with its links in a fractal heap, which Keras does not write");
    }

    private static void AddLink(Hdf5Fields fields, Dictionary<string, ulong> links)
    {
        fields.Skip(1);
        int flags = fields.Byte();
        bool isHard = (flags & 8) == 0 || fields.Byte() == 0;
        fields.Skip((flags & 4) != 0 ? 8 : 0);
        fields.Skip((flags & 16) != 0 ? 1 : 0);
        string name = Encoding.UTF8.GetString(fields.Bytes(fields.Sized(flags & 3)));
        if (isHard)
            links[name] = fields.UInt64();
    }

    private static byte[] Heap(Hdf5Bytes file, ulong address)
    {
        var fields = new Hdf5Fields(file.Read(address, 32, "HEAP", "a heap of names"));
        fields.Skip(8);
        ulong size = fields.UInt64();
        fields.Skip(8);
        return file.Read(fields.UInt64(), size, "a heap of names");
    }

    // A tree of nodes; in its leaves, tables of names.
    private static void AddTree(
        Hdf5Bytes file, ulong address, byte[] heap, Dictionary<string, ulong> links, int deepest)
    {
        var head = new Hdf5Fields(file.Read(address, 24, "TREE", "a tree of links"));
        head.Skip(5);
        int level = head.Byte();
        int count = head.UInt16();
        if (level >= deepest)
            throw file.Problem(address, $"a tree of links of level {level}, expected less than {deepest}");

        // Between two keys, of which nobody here needs any, stands a child.
        var body = new Hdf5Fields(file.Read(address + 24, (ulong)count * 16 + 8, "a tree of links"));
        for (int k = 0; k < count; k++)
        {
            body.Skip(8);
            ulong child = body.UInt64();
            if (level > 0)
                AddTree(file, child, heap, links, level);
            else
                AddTable(file, child, heap, links);
        }
    }

    private static void AddTable(Hdf5Bytes file, ulong address, byte[] heap, Dictionary<string, ulong> links)
    {
        var head = new Hdf5Fields(file.Read(address, 8, "SNOD", "a table of links"));
        head.Skip(6);
        int count = head.UInt16();
        byte[] table = file.Read(address + 8, (ulong)(count * SymbolLength), "a table of links");
        for (int k = 0; k < count; k++)
        {
            var symbol = new Hdf5Fields(table.AsSpan(k * SymbolLength, SymbolLength));
            ulong offset = symbol.UInt64();
            ulong target = symbol.UInt64();
            int length = offset < (ulong)heap.Length ? heap.AsSpan((int)offset).IndexOf((byte)0) : -1;
            if (length < 0)
                throw file.Problem(address, $"a link whose name begins at byte {offset} of a heap of {heap.Length}");

            // What a link to a path has in place of an address stands for none.
            if (target != Hdf5Bytes.NoAddress)
                links[Encoding.UTF8.GetString(heap, (int)offset, length)] = target;
        }
    }
}
