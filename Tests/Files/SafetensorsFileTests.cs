using System.Runtime.InteropServices;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixture]
public sealed class SafetensorsFileTests
{
    private static readonly Dictionary<string, string> _noMetadata = [];

    [Test]
    public void Open_SoundFile_GivesNamesTypesShapesAndMetadata()
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(FileFolder.Bytes(
            """
            {"late": {"data_offsets": [4, 12], "shape": [2, 1], "dtype": "F32"}, "__metadata__": {"a": "b", "": "é\n"},
             "empty": {"dtype": "I64", "shape": [3, 0, 2], "data_offsets": [4, 4]},
             "scalar": {"dtype": "I32", "shape": [], "data_offsets": [0, 4]}}
            """,
            new byte[12]));

        Assert.That(file.Tensors.Select(tensor => tensor.ToString()),
            Is.EqualTo(["scalar I32 []", "empty I64 [3, 0, 2]", "late F32 [2, 1]"]), "in the order of their data");
        Assert.That(file.Tensors.Select(tensor => tensor.Count), Is.EqualTo([1, 0, 2]));
        Assert.That(file.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["a"] = "b", [""] = "é\n" }));
        Assert.That(file.Contains("late"), Is.True);
        Assert.That(file.Contains("Late"), Is.False);
        Assert.That(file["late"].Shape, Is.EqualTo([2, 1]));
    }

    [Test]
    public void Open_NoTensors_IsAllowed()
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(FileFolder.Bytes("{}"));
        Assert.That(file.Tensors, Is.Empty);
        Assert.That(file.Metadata, Is.Empty);
    }

    [Test]
    public void Open_HeaderLengthThatLooksLikePickle_IsReadAsSafetensors([Values(640, 896, 1152, 1408)] int length)
    {
        using var folder = new FileFolder();
        byte[] bytes = FileFolder.Bytes("{}".PadRight(length));
        Assert.That(bytes[0], Is.EqualTo(0x80), "the first byte of a pickle file");
        Assert.That(bytes[1], Is.InRange(2, 5), "its protocol");
        Assert.That(() => folder.Open(bytes).Dispose(), Throws.Nothing);
    }

    [Test]
    public void Read_FloatingPoint_GivesTheStoredValues()
    {
        double[] values = [0, -0.0, 1, -2.5, double.NaN, double.PositiveInfinity, 0.1];
        Half[] halves = [.. values.Select(value => (Half)value)];
        float[] singles = [.. values.Select(value => (float)value)];
        short[] upperHalves = [.. singles.Select(value => (short)(BitConverter.SingleToUInt32Bits(value) >> 16))];
        double[] rounded = [0, -0.0, 1, -2.5, double.NaN, double.PositiveInfinity, 0.099609375];

        Assert.That(ReadDoubles("F64", values), Is.EqualTo(values));
        Assert.That(ReadDoubles("F32", singles), Is.EqualTo(singles.Select(value => (double)value)));
        Assert.That(ReadDoubles("F16", halves), Is.EqualTo(halves.Select(value => (double)value)));
        Assert.That(ReadDoubles("BF16", upperHalves), Is.EqualTo(rounded));
        Assert.That(ReadSingles("F64", values), Is.EqualTo(singles));
        Assert.That(ReadSingles("F32", singles), Is.EqualTo(singles));
        Assert.That(ReadSingles("F16", halves), Is.EqualTo(halves.Select(value => (float)value)));
        Assert.That(ReadSingles("BF16", upperHalves), Is.EqualTo(rounded.Select(value => (float)value)));
    }

    [Test]
    public void Read_Integers_GivesTheStoredValues()
    {
        long[] longs = [long.MinValue, -1, long.MaxValue];
        long[] small = [int.MinValue, -1, int.MaxValue];
        int[] integers = [int.MinValue, -1, int.MaxValue];
        short[] shorts = [short.MinValue, -1, short.MaxValue];
        sbyte[] signedBytes = [sbyte.MinValue, -1, sbyte.MaxValue];
        byte[] bytes = [0, 128, 255];
        byte[] booleans = [0, 1, 1];

        Assert.That(ReadInt64("I64", longs), Is.EqualTo(longs));
        Assert.That(ReadInt64("I32", integers), Is.EqualTo(integers));
        Assert.That(ReadInt32("I64", small), Is.EqualTo(integers));
        Assert.That(ReadInt32("I32", integers), Is.EqualTo(integers));
        Assert.That(ReadInt32("I16", shorts), Is.EqualTo(shorts));
        Assert.That(ReadInt32("I8", signedBytes), Is.EqualTo(signedBytes));
        Assert.That(ReadInt32("U8", bytes), Is.EqualTo(bytes));
        Assert.That(ReadInt32("BOOL", booleans), Is.EqualTo(booleans));
    }

    [Test]
    public void Read_MoreThanOneChunk_KeepsTheOrder()
    {
        double[] values = [.. Enumerable.Range(0, 20_001).Select(i => (double)i)];
        Assert.That(ReadSingles("F64", values), Is.EqualTo(values.Select(value => (float)value)));
    }

    [Test]
    public void Read_IntegerTooLarge_NamesItsByte()
    {
        // The header has 64 bytes, so that the data begins at byte 72; two elements of 8 bytes precede the large one.
        Assert.That(() => ReadInt32("I64", [0, -5, int.MaxValue + 1L]),
            Throws.TypeOf<ModelFileException>().With.Property("Offset").EqualTo(72 + 16)
                .And.Message.Contains("\"x\": expected values of I64 that fit Int32, found 2147483648"));
    }

    [Test]
    public void Read_BooleanThatIsNeither_NamesItsByte() => Assert.That(() => ReadInt32("BOOL", [(byte)1, (byte)2]),
        Throws.TypeOf<ModelFileException>().With.Message.Contains("found 2").And.Property("Offset").EqualTo(73));

    [Test]
    public void Read_OtherKindOfNumber_IsRefused()
    {
        Assert.That(() => ReadInt32("F32", [1f]),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("\"x\": expected integers, found F32"));
        Assert.That(() => ReadSingles("I32", [1]),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("expected floating-point numbers, found I32"));
    }

    [Test]
    public void Read_NoSuchTensor_NamesItAndTheFile()
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(FileFolder.Bytes("{}"));
        Assert.That(() => file.Read("head.weight", new float[1]), Throws.TypeOf<ModelFileException>()
            .With.Message.EqualTo($"{folder["case.safetensors"]}: expected a tensor \"head.weight\", found none"));
    }

    [Test]
    public void Read_OtherNumberOfElements_IsTheCallersError()
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(OneTensor("F32", new float[3]));
        Assert.That(() => file.Read("x", new float[2]),
            Throws.ArgumentException.With.Message.Contains("x F32 [3] has 3 elements, given is room for 2"));
    }

    [Test]
    public void Read_DataBeyondFourGigabytes_UsesLongOffsets()
    {
        const long Large = 5_000_000_000;
        using var folder = new FileFolder();
        string path = folder.Add("large.safetensors", FileFolder.Bytes(
            $$$"""
            {"a": {"dtype": "I8", "shape": [{{{Large}}}], "data_offsets": [0, {{{Large}}}]},
             "b": {"dtype": "F32", "shape": [], "data_offsets": [{{{Large}}}, {{{Large + 4}}}]}}
            """));

        // The file system keeps no blocks for what is never written, so that this costs nothing.
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.Position = stream.Length + Large;
            stream.Write(MemoryMarshal.AsBytes<float>([1.5f]));
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] values = new float[1];
        file.Read("b", values);
        Assert.That(values, Is.EqualTo([1.5f]));
        Assert.That(file["a"].Count, Is.EqualTo(Large));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "There, nobody can shorten a file that is open for reading.")]
    public void Read_FileShortenedSinceItWasOpened_IsRefused()
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(OneTensor("F32", new float[3]));
        using (var stream = new FileStream(file.FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(stream.Length - 5);
        }

        Assert.That(() => file.Read("x", new float[3]),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("became shorter"));
    }

    [Test]
    public void Open_FileReplacedWhileOpen_KeepsReadingTheOldOne()
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(OneTensor("F32", [1f, 2f]));
        AtomicFile.Write(file.FilePath, stream => new SafetensorsWriter(stream, [], _noMetadata).Complete());
        float[] values = new float[2];
        file.Read("x", values);
        Assert.That(values, Is.EqualTo([1f, 2f]));
    }

    [Test]
    public void Read_AfterDispose_Throws()
    {
        using var folder = new FileFolder();
        SafetensorsFile file = folder.Open(OneTensor("F32", new float[3]));
        file.Dispose();
        Assert.That(() => file.Read("x", new float[3]), Throws.TypeOf<ObjectDisposedException>());
    }

    private static byte[] OneTensor<T>(string type, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ReadOnlySpan<byte> data = MemoryMarshal.AsBytes(values);
        string header =
            $$$"""{"x":{"dtype":"{{{type}}}","shape":[{{{values.Length}}}],"data_offsets":[0,{{{data.Length}}}]}}""";
        return FileFolder.Bytes(header.PadRight(64), data);
    }

    private static double[] ReadDoubles<T>(string type, ReadOnlySpan<T> stored)
        where T : unmanaged
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(OneTensor(type, stored));
        double[] values = new double[stored.Length];
        file.Read("x", values);
        return values;
    }

    private static float[] ReadSingles<T>(string type, ReadOnlySpan<T> stored)
        where T : unmanaged
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(OneTensor(type, stored));
        float[] values = new float[stored.Length];
        file.Read("x", values);
        return values;
    }

    private static int[] ReadInt32<T>(string type, ReadOnlySpan<T> stored)
        where T : unmanaged
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(OneTensor(type, stored));
        int[] values = new int[stored.Length];
        file.Read("x", values);
        return values;
    }

    private static long[] ReadInt64<T>(string type, ReadOnlySpan<T> stored)
        where T : unmanaged
    {
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(OneTensor(type, stored));
        long[] values = new long[stored.Length];
        file.Read("x", values);
        return values;
    }
}
