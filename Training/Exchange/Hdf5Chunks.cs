namespace MiniLstm.Training;

/// <summary>An array that lies in chunks, perhaps compressed, as h5py writes it on request and when a file is packed
/// again: where the chunks are, and how they become one array.</summary>
/// <remarks>Of the indexes of chunks, those for arrays of unlimited size are refused, unless they are of the old kind,
/// a B-tree of version 1.</remarks>
internal sealed class Hdf5Chunks
{
    private const int DeepestTree = 8;

    private readonly Hdf5Bytes _file;
    private readonly Hdf5Filters _filters;
    private readonly ulong[] _sizes;
    private readonly int[] _chunk;
    private readonly int _chunkBytes;
    private readonly int _elementSize;
    private readonly byte[] _elements;

    private Hdf5Chunks(Hdf5Bytes file, Hdf5Filters filters, ulong[] sizes, ulong[] chunk, byte[] elements)
    {
        _file = file;
        _filters = filters;
        _sizes = sizes;
        _elementSize = checked((int)chunk[^1]);
        _chunk = [.. chunk[..^1].Select(size => checked((int)size))];
        _chunkBytes = checked(_chunk.Aggregate(_elementSize, (product, size) => checked(product * size)));
        _elements = elements;
    }

    /// <summary>Reads an array.</summary>
    /// <param name="file">The file.</param>
    /// <param name="layout">The layout message after version and class.</param>
    /// <param name="version">Its version, 3 or 4.</param>
    /// <param name="filters">What was done to each chunk.</param>
    /// <param name="sizes">The array's sizes.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="FormatException">The index is of another kind, or contradicts the array.</exception>
    public static byte[] Read(
        Hdf5Bytes file, Hdf5Fields layout, int version, Hdf5Filters filters, ulong[] sizes, ulong bytes)
    {
        int flags = version == 4 ? layout.Byte() : 0;
        int rank = layout.Byte();
        if (rank != sizes.Length + 1)
            throw new FormatException($"chunks with {rank - 1} axes of an array with {sizes.Length}");
        ulong treeAddress = version == 3 ? layout.UInt64() : 0;
        int encoded = version == 4 ? layout.Byte() : 4;
        ulong[] chunk = new ulong[rank];
        for (int k = 0; k < rank; k++)
        {
            chunk[k] = layout.Number(encoded);
            if (chunk[k] == 0)
                throw new FormatException("chunks of no size");
        }

        // An absent chunk holds zeros.
        byte[] elements = file.Allocate(bytes, "elements");
        var chunks = new Hdf5Chunks(file, filters, sizes, chunk, elements);
        if (version == 3 && treeAddress != Hdf5Bytes.NoAddress)
            chunks.AddTree(treeAddress, DeepestTree);
        else if (version == 4)
            chunks.AddIndexed(layout, flags);
        return elements;
    }

    private void AddIndexed(Hdf5Fields layout, int flags)
    {
        int kind = layout.Byte();
        bool isFiltered = (flags & 2) != 0;
        (ulong size, uint mask) = kind == 1 && isFiltered
            ? (layout.UInt64(), layout.UInt32())
            : ((ulong)_chunkBytes, Hdf5Filters.None);
        layout.Skip(kind == 3 ? 1 : 0);
        if (kind is < 1 or > 3)
            throw new FormatException("chunks of an array without a limit, in an index that is not read here");
        ulong address = layout.UInt64();
        if (address == Hdf5Bytes.NoAddress)
            return;
        switch (kind)
        {
            case 1:
                Add(address, size, mask, new ulong[_sizes.Length]);
                break;
            case 2:
                ulong count = Hdf5Space.Count(Grid());
                for (ulong k = 0; k < count; k++)
                    Add(checked(address + k * (ulong)_chunkBytes), (ulong)_chunkBytes, Hdf5Filters.None, Place(k));
                break;
            default:
                AddFixedArray(address);
                break;
        }
    }

    // A tree of nodes; in its leaves, size, filters and place of each chunk.
    private void AddTree(ulong address, int deepest)
    {
        var head = new Hdf5Fields(_file.Read(address, 24, "TREE", "a tree of chunks"));
        head.Skip(4);
        int kind = head.Byte();
        int level = head.Byte();
        int count = head.UInt16();
        if (level >= deepest || kind != 1)
            throw new FormatException(
                $"a tree of chunks of kind {kind} and level {level}, expected 1 and less than {deepest}");

        int keyLength = 8 + 8 * (_sizes.Length + 1);
        var body = new Hdf5Fields(_file.Read(address + 24, (ulong)(count * (keyLength + 8)), "a tree of chunks"));
        for (int k = 0; k < count; k++)
        {
            uint size = body.UInt32();
            uint mask = body.UInt32();
            ulong[] place = new ulong[_sizes.Length];
            for (int axis = 0; axis < place.Length; axis++)
                place[axis] = body.UInt64();
            body.Skip(8);
            ulong child = body.UInt64();
            if (level > 0)
                AddTree(child, level);
            else
                Add(child, size, mask, place);
        }
    }

    // A list of addresses, of filtered chunks with sizes and filters; a long one in pages.
    private void AddFixedArray(ulong address)
    {
        var head = new Hdf5Fields(_file.Read(address, 28, "FAHD", "a list of chunks"));
        head.Skip(5);
        bool isFiltered = head.Byte() == 1;
        int entry = head.Byte();
        int pageBits = head.Byte();
        ulong count = head.UInt64();
        ulong block = head.UInt64();
        if (count != Hdf5Space.Count(Grid()) || entry < 8 || pageBits > 30)
            throw new FormatException($"a list of {count} chunks, expected {Hdf5Space.Count(Grid())}");
        if (block == Hdf5Bytes.NoAddress)
            return;

        _file.Read(block, 14, "FADB", "a list of chunks");
        ulong pageSize = 1UL << pageBits;
        bool isPaged = count > pageSize;
        ulong pages = isPaged ? (count + pageSize - 1) / pageSize : 1;
        byte[] written = isPaged ? _file.Read(block + 14, (pages + 7) / 8, "pages of chunks") : [0x80];
        ulong at = isPaged ? block + 14 + (ulong)written.Length + 4 : block + 14;
        for (ulong page = 0; page < pages; page++)
        {
            ulong entries = isPaged ? Math.Min(pageSize, count - page * pageSize) : count;
            ulong length = checked(entries * (ulong)entry);
            if ((written[page / 8] & (0x80 >> (int)(page % 8))) != 0)
            {
                var fields = new Hdf5Fields(_file.Read(at, length, "a list of chunks"));
                AddPage(fields, page * pageSize, entries, entry, isFiltered);
            }

            at += length + 4;
        }
    }

    private void AddPage(Hdf5Fields entries, ulong first, ulong count, int entry, bool isFiltered)
    {
        for (ulong k = 0; k < count; k++)
        {
            ulong chunk = entries.UInt64();
            ulong size = isFiltered ? entries.Number(entry - 12) : (ulong)_chunkBytes;
            uint mask = isFiltered ? entries.UInt32() : Hdf5Filters.None;
            if (chunk != Hdf5Bytes.NoAddress)
                Add(chunk, size, mask, Place(first + k));
        }
    }

    private ulong[] Grid() => [.. _sizes.Select((size, k) => (size + (ulong)_chunk[k] - 1) / (ulong)_chunk[k])];

    // Where a chunk begins, counted row by row.
    private ulong[] Place(ulong index)
    {
        ulong[] grid = Grid();
        ulong[] place = new ulong[grid.Length];
        for (int axis = grid.Length - 1; axis >= 0; axis--)
        {
            place[axis] = index % grid[axis] * (ulong)_chunk[axis];
            index /= grid[axis];
        }

        return place;
    }

    // Copies what of a chunk lies inside the array, row by row.
    private void Add(ulong address, ulong size, uint mask, ulong[] place)
    {
        if (place.Zip(_sizes).Any(axis => axis.First >= axis.Second))
            return;
        byte[] stored = _file.Read(address, size, "a chunk");
        byte[] chunk = _filters.Undo(_file, stored, mask, _chunkBytes, _elementSize);
        int last = _sizes.Length - 1;
        int columns = (int)Math.Min((ulong)_chunk[last], _sizes[last] - place[last]);
        int rowBytes = _chunk[last] * _elementSize;
        for (int row = 0; row < _chunkBytes / rowBytes; row++)
        {
            ulong to = 0;
            int rest = row;
            ulong stride = _sizes[last];
            bool isInside = true;
            for (int axis = last - 1; axis >= 0; axis--)
            {
                ulong at = place[axis] + (ulong)(rest % _chunk[axis]);
                rest /= _chunk[axis];
                isInside &= at < _sizes[axis];
                to += at * stride;
                stride *= _sizes[axis];
            }

            if (isInside)
            {
                chunk.AsSpan(row * rowBytes, columns * _elementSize)
                    .CopyTo(_elements.AsSpan(checked((int)((to + place[last]) * (ulong)_elementSize))));
            }
        }
    }
}
