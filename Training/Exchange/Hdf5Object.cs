namespace MiniLstm.Training;

/// <summary>What an object of an HDF5 file, a group or a data set, says about itself.</summary>
/// <param name="Type">What kind of message it is.</param>
/// <param name="Data">Its content.</param>
/// <param name="IsShared">Whether that only says where the message is.</param>
internal readonly record struct Hdf5Message(int Type, byte[] Data, bool IsShared = false);

/// <summary>The header of an object: a list of messages, in one block or several. Version 1 is what Keras has written
/// so far.</summary>
internal static class Hdf5Object
{
    public const int Dataspace = 0x01;
    public const int LinkInfo = 0x02;
    public const int Datatype = 0x03;
    public const int Link = 0x06;
    public const int ExternalFiles = 0x07;
    public const int Layout = 0x08;
    public const int Filters = 0x0B;
    public const int Attribute = 0x0C;
    public const int SymbolTable = 0x11;
    public const int AttributeInfo = 0x15;

    private const int Continuation = 0x10;
    private const int SharedFlag = 2;

    /// <summary>Reads all messages of an object.</summary>
    /// <param name="file">The file.</param>
    /// <param name="address">Where the header begins.</param>
    public static IReadOnlyList<Hdf5Message> Read(Hdf5Bytes file, ulong address) =>
        Read(file, address, isShared: false);

    private static List<Hdf5Message> Read(Hdf5Bytes file, ulong address, bool isShared)
    {
        byte[] start = file.Read(address, 12, "an object's header");
        try
        {
            List<Hdf5Message> messages = start[0] == 1
                ? ReadVersion1(file, address, start)
                : ReadVersion2(file, address);
            for (int k = 0; k < messages.Count; k++)
                messages[k] = messages[k].IsShared ? Shared(file, messages[k], isShared) : messages[k];
            return messages;
        }
        catch (FormatException error)
        {
            throw file.Problem(address, $"an object's header: {error.Message}");
        }
    }

    private static List<Hdf5Message> ReadVersion1(Hdf5Bytes file, ulong address, ReadOnlySpan<byte> start)
    {
        var fields = new Hdf5Fields(start);
        fields.Skip(8);
        var messages = new List<Hdf5Message>();
        var blocks = new Queue<(ulong Address, ulong Length)>([(address + 16, fields.UInt32())]);
        while (blocks.TryDequeue(out (ulong Address, ulong Length) block))
        {
            var body = new Hdf5Fields(file.Read(block.Address, block.Length, "messages of an object"));
            while (body.Left >= 8)
            {
                int type = body.UInt16();
                int size = body.UInt16();
                int flags = body.Byte();
                body.Skip(3);
                Add(messages, blocks, type, flags, body.Bytes((ulong)size));
            }
        }

        return messages;
    }

    private static List<Hdf5Message> ReadVersion2(Hdf5Bytes file, ulong address)
    {
        int flags = file.Read(address, 6, "OHDR", "an object's header")[5];
        int sizeLength = 1 << (flags & 3);
        int times = (flags & 0x20) != 0 ? 16 : 0;
        int limits = (flags & 0x10) != 0 ? 4 : 0;
        ulong before = (ulong)(6 + times + limits);
        byte[] size = file.Read(address + before, (ulong)sizeLength, "an object's header");
        ulong length = new Hdf5Fields(size).Sized(flags & 3);

        var messages = new List<Hdf5Message>();
        var blocks = new Queue<(ulong Address, ulong Length)>([(address + before + (ulong)sizeLength, length)]);
        while (blocks.TryDequeue(out (ulong Address, ulong Length) block))
        {
            var body = new Hdf5Fields(file.Read(block.Address, block.Length, "messages of an object"));
            while (body.Left >= 4)
            {
                int type = body.Byte();
                int bytes = body.UInt16();
                int messageFlags = body.Byte();
                body.Skip((flags & 4) != 0 ? 2 : 0);
                var inner = new Queue<(ulong Address, ulong Length)>();
                Add(messages, inner, type, messageFlags, body.Bytes((ulong)bytes));

                // Of a further block, four bytes are a signature, and the last four a checksum.
                foreach ((ulong innerAddress, ulong innerLength) in inner)
                {
                    file.Read(innerAddress, 4, "OCHK", "further messages of an object");
                    if (innerLength < 8)
                        throw new FormatException($"a further block of {innerLength} bytes, expected at least 8");
                    blocks.Enqueue((innerAddress + 4, innerLength - 8));
                }
            }
        }

        return messages;
    }

    // A message that lies in another object, such as a type with a name: version, kind, in the first version six bytes
    // more, and the object's address.
    private static Hdf5Message Shared(Hdf5Bytes file, Hdf5Message message, bool isShared)
    {
        var fields = new Hdf5Fields(message.Data);
        int version = fields.Byte();
        int kind = fields.Byte();
        if (isShared || (version == 3 && kind != 2))
            throw new FormatException($"a shared message of type {message.Type} in a heap, or shared again");
        fields.Skip(version == 1 ? 6 : 0);
        return Read(file, fields.UInt64(), isShared: true)
            .FirstOrDefault(other => other.Type == message.Type, message with { Data = [] });
    }

    private static void Add(
        List<Hdf5Message> messages,
        Queue<(ulong Address, ulong Length)> blocks,
        int type,
        int flags,
        ReadOnlySpan<byte> data)
    {
        if (type == Continuation)
        {
            var fields = new Hdf5Fields(data);
            blocks.Enqueue((fields.UInt64(), fields.UInt64()));
        }
        else
        {
            messages.Add(new(type, data.ToArray(), (flags & SharedFlag) != 0));
        }
    }
}
