using System.Runtime.InteropServices;
using System.Text;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixture]
public sealed class SafetensorsWriterTests
{
    private static readonly Dictionary<string, string> _noMetadata = [];

    [Test]
    public void Write_TwoTensors_GivesTheBytesOfTheFormat()
    {
        using var stream = new MemoryStream();
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["a<\"é"] = "1", ["Z"] = "" };
        var writer = new SafetensorsWriter(
            stream,
            [new("weight", SafetensorsType.F32, 1, 2), new("count", SafetensorsType.I64)],
            metadata);
        writer.Write("weight", [1f, -2f]);
        writer.Write("count", [3L]);
        writer.Complete();

        const string Header = """{"__metadata__":{"Z":"","a<\"é":"1","format":"pt"}"""
            + ""","weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}"""
            + ""","count":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}""";
        int unpadded = Encoding.UTF8.GetByteCount(Header);
        string padded = Header + new string(' ', (8 - (unpadded % 8)) % 8);
        byte[] data = [.. MemoryMarshal.AsBytes<float>([1f, -2f]), .. MemoryMarshal.AsBytes<long>([3L])];
        Assert.That(stream.ToArray(), Is.EqualTo(FileFolder.Bytes(padded, data)));
    }

    [Test]
    public void Write_AnyHeader_StartsTheDataAtAMultipleOfEight([Range(1, 9)] int length)
    {
        using var stream = new MemoryStream();
        _ = new SafetensorsWriter(stream, [new(new string('n', length), SafetensorsType.I32, 0)], _noMetadata);
        Assert.That(stream.Length % 8, Is.Zero);
    }

    [Test]
    public void Write_AsOpened_CopiesTheFile()
    {
        byte[] bytes = FileFolder.Bytes(
            """{"__metadata__":{"k":"v"},"n":{"dtype":"F64","shape":[2,1],"data_offsets":[0,16]}}      """,
            MemoryMarshal.AsBytes<double>([0.1, double.NaN]));
        using var folder = new FileFolder();
        using SafetensorsFile file = folder.Open(bytes);
        double[] values = new double[2];
        file.Read("n", values);

        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, file.Tensors, file.Metadata);
        writer.Write("n", values);
        writer.Complete();
        Assert.That(stream.ToArray(), Is.EqualTo(bytes));
    }

    [Test]
    public void Constructor_SameNameTwice_IsRefused()
    {
        SafetensorsTensor[] tensors = [new("bias", SafetensorsType.F32), new("bias", SafetensorsType.F64)];
        Assert.That(() => new SafetensorsWriter(Stream.Null, tensors, _noMetadata),
            Throws.ArgumentException.With.Message.Contains("two tensors are named bias"));
    }

    [Test]
    public void Tensor_ReservedName_IsRefused() => Assert.That(
        () => new SafetensorsTensor("__metadata__", SafetensorsType.F32),
        Throws.ArgumentException.With.Message.Contains("cannot be named __metadata__"));

    [Test]
    public void Tensor_HalfASurrogatePair_IsRefusedWhereverItStands()
    {
        Assert.That(
            () => new SafetensorsTensor("a\ud83d", SafetensorsType.F32), Throws.InstanceOf<ArgumentException>());
        foreach ((string key, string value) in new[] { ("k\ud83d", "\ude00v"), ("k", "v\ud83d") })
        {
            var metadata = new Dictionary<string, string> { [key] = value };
            Assert.That(() => new SafetensorsWriter(Stream.Null, [], metadata), Throws.InstanceOf<ArgumentException>());
        }
    }

    [Test]
    public void Tensor_ImpossibleShape_IsRefused()
    {
        const long Huge = 1L << 61;
        Assert.That(() => new SafetensorsTensor("a", SafetensorsType.F32, -1), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new SafetensorsTensor("a", SafetensorsType.F64, Huge), Throws.TypeOf<OverflowException>());
        Assert.That(() => new SafetensorsTensor("a", SafetensorsType.U8, 8, Huge), Throws.TypeOf<OverflowException>());
    }

    [Test]
    public void Write_NotTheNextDeclared_NamesWhatIsExpected()
    {
        var writer = new SafetensorsWriter(
            Stream.Null, [new("a", SafetensorsType.F32, 2), new("b", SafetensorsType.F32, 2)], _noMetadata);
        Assert.That(() => writer.Write("b", [1f, 2f]),
            Throws.ArgumentException.With.Message.EqualTo("expected a F32 [2], got b F32 with 2 elements"));
        Assert.That(() => writer.Write("a", [1.0, 2.0]),
            Throws.ArgumentException.With.Message.EqualTo("expected a F32 [2], got a F64 with 2 elements"));
        Assert.That(() => writer.Write("a", [1f]),
            Throws.ArgumentException.With.Message.EqualTo("expected a F32 [2], got a F32 with 1 elements"));
        writer.Write("a", [1f, 2f]);
        Assert.That(writer.Complete,
            Throws.InvalidOperationException.With.Message.Contains("expected b F32 [2] to be written"));
        writer.Write("b", [1f, 2f]);
        writer.Complete();
        Assert.That(() => writer.Write("b", [1f, 2f]),
            Throws.ArgumentException.With.Message.StartsWith("expected no further tensor"));
    }
}
