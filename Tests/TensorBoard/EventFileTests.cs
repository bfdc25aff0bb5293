using System.Text;
using MiniLstm.Training;
using MiniLstm.Training.EventMessages;

namespace MiniLstm.Tests;

/// <summary>Event files, read back with the protobuf schema.</summary>
public sealed class EventFileTests
{
    [Test]
    public void Checksum_IsTheKnownCrc32c_Masked()
    {
        // CRC-32C of "123456789" is E3069283 (RFC 3720 and others); rotated right by 15, plus A282EAD8.
        const uint Crc = 0xE3069283;
        uint masked = unchecked(((Crc >> 15) | (Crc << 17)) + 0xA282EAD8);
        Assert.That(RecordFraming.Checksum("123456789"u8), Is.EqualTo(masked));
    }

    [Test]
    public void Record_HasLengthAndChecksumsWhereTheFormatWantsThem()
    {
        using var stream = new MemoryStream();
        RecordFraming.Write(stream, "abc"u8);

        byte[] bytes = stream.ToArray();
        Assert.That(bytes, Has.Length.EqualTo(8 + 4 + 3 + 4));
        Assert.That(BitConverter.ToInt64(bytes, 0), Is.EqualTo(3));
        Assert.That(BitConverter.ToUInt32(bytes, 8), Is.EqualTo(RecordFraming.Checksum(bytes.AsSpan(0, 8))));
        Assert.That(Encoding.UTF8.GetString(bytes, 12, 3), Is.EqualTo("abc"));
        Assert.That(BitConverter.ToUInt32(bytes, 15), Is.EqualTo(RecordFraming.Checksum("abc"u8)));
    }

    [Test]
    public void File_BeginsWithItsVersion()
    {
        using var folder = new FileFolder();
        using (var file = new EventFile(folder.Path))
            file.Scalar("loss", 1, step: 1);

        Event first = Read(folder.Path)[0];
        Assert.That(first.FileVersion, Is.EqualTo("brain.Event:2"));
        Assert.That(first.WallTime, Is.GreaterThan(1.7e9));
    }

    [Test]
    public void Scalar_ComesBack()
    {
        using var folder = new FileFolder();
        using (var file = new EventFile(folder.Path))
        {
            file.Scalar("loss", 0.5, step: 1);
            file.Scalar("loss", double.NaN, step: 2);
        }

        Event[] events = Read(folder.Path);
        Assert.That(events.Skip(1).Select(e => e.Step), Is.EqualTo([1, 2]));
        Assert.That(events[1].Summary.Value[0].Tag, Is.EqualTo("loss"));
        Assert.That(events[1].Summary.Value[0].SimpleValue, Is.EqualTo(0.5f));
        Assert.That(events[2].Summary.Value[0].SimpleValue, Is.NaN);
    }

    [Test]
    public void Histogram_CountsEveryFiniteValueOnce()
    {
        using var folder = new FileFolder();
        using (var file = new EventFile(folder.Path))
            file.Histogram("weights", [-1, 0, 0.5, 2, double.NaN, 2], step: 3);

        HistogramProto histogram = Read(folder.Path)[1].Summary.Value[0].Histo;
        Assert.That(
            (histogram.Min, histogram.Max, histogram.Num, histogram.Sum, histogram.SumSquares),
            Is.EqualTo((-1.0, 2.0, 5.0, 3.5, 9.25)));
        Assert.That(histogram.Bucket, Has.Count.EqualTo(30));
        Assert.That(histogram.BucketLimit, Has.Count.EqualTo(30).And.Ordered);
        Assert.That(histogram.BucketLimit[^1], Is.EqualTo(2));

        // Width 0.1: -1 in the first, 0 in the eleventh, 0.5 in the sixteenth, both 2 in the last.
        Assert.That(
            new[] { 0, 10, 15, 29 }.Select(k => histogram.Bucket[k]), Is.EqualTo([1.0, 1, 1, 2]));
        Assert.That(histogram.Bucket.Sum(), Is.EqualTo(5));
    }

    [Test]
    public void Histogram_EqualValues_FallIntoOneBucket()
    {
        using var folder = new FileFolder();
        using (var file = new EventFile(folder.Path))
            file.Histogram("weights", [4, 4, 4], step: 3);

        Assert.That(Read(folder.Path)[1].Summary.Value[0].Histo.Bucket.Max(), Is.EqualTo(3));
    }

    [Test]
    public void Text_IsATensorOfItsPlugin()
    {
        using var folder = new FileFolder();
        using (var file = new EventFile(folder.Path))
            file.Text("note", "*grün*", step: 4);

        Summary.Types.Value value = Read(folder.Path)[1].Summary.Value[0];
        Assert.That(value.Metadata.PluginData.PluginName, Is.EqualTo("text"));
        Assert.That(value.Tensor.Dtype, Is.EqualTo(TensorType.DtString));
        Assert.That(value.Tensor.StringVal.Single().ToStringUtf8(), Is.EqualTo("*grün*"));
    }

    [Test]
    public void HyperParameters_AreMessagesOfTheirPlugin()
    {
        using var folder = new FileFolder();
        var values = new Dictionary<string, object> { ["optimizer"] = "adam", ["units"] = 128, ["tied"] = true };
        using (var file = new EventFile(folder.Path))
        {
            file.HyperParameters(values, [("validation", "epoch_loss")]);
            file.EndSession();
        }

        HParamsPluginData[] data =
        [
            .. Read(folder.Path).Skip(1).Select(e => e.Summary.Value[0].Metadata.PluginData)
                .Select(plugin => HParamsPluginData.Parser.ParseFrom(plugin.Content)),
        ];
        Assert.That(
            Read(folder.Path).Skip(1).Select(e => e.Summary.Value[0].Tag),
            Is.EqualTo(["_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info"]));
        Assert.That(
            data[0].Experiment.HparamInfos.Select(info => (info.Name, info.Type)),
            Is.EqualTo(new[]
            {
                ("optimizer", HParamType.DataTypeString),
                ("units", HParamType.DataTypeFloat64),
                ("tied", HParamType.DataTypeBool),
            }));
        MetricName curve = data[0].Experiment.MetricInfos.Single().Name;
        Assert.That((curve.Group, curve.Tag), Is.EqualTo(("validation", "epoch_loss")));
        Assert.That(data[1].SessionStartInfo.Hparams["units"].NumberValue, Is.EqualTo(128));
        Assert.That(data[1].SessionStartInfo.Hparams["optimizer"].StringValue, Is.EqualTo("adam"));
        Assert.That(data[2].SessionEndInfo.Status, Is.EqualTo(Status.Success));
    }

    [Test]
    public void HyperParameters_OfAnotherType_AreNamed()
    {
        using var folder = new FileFolder();
        using var file = new EventFile(folder.Path);
        Assert.That(
            () => file.HyperParameters(new Dictionary<string, object> { ["sizes"] = new int[2] }, []),
            Throws.ArgumentException.With.Message.StartsWith("HyperParameters: 'sizes' is a Int32[]"));
    }

    [TestCase(1)]
    [TestCase(20)]
    public void File_HalfARecordAtItsEnd_IsCutOff_AndTheFileGoesOn(int lost)
    {
        using var folder = new FileFolder();
        using (var file = new EventFile(folder.Path))
        {
            file.Scalar("loss", 1, step: 1);
            file.Scalar("loss", 2, step: 2);
        }

        string path = Path.Combine(folder.Path, EventFile.FileName);
        using (FileStream stream = File.OpenWrite(path))
            stream.SetLength(stream.Length - lost);
        using (var file = new EventFile(folder.Path))
            file.Scalar("loss", 3, step: 3);

        Assert.That(Read(folder.Path).Skip(1).Select(e => e.Step), Is.EqualTo([1, 3]));
    }

    [Test]
    public void File_ByteChanged_FailsItsChecksum()
    {
        using var folder = new FileFolder();
        using (var file = new EventFile(folder.Path))
            file.Scalar("loss", 1, step: 1);
        string path = Path.Combine(folder.Path, EventFile.FileName);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^6] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.That(Read(folder.Path), Has.Length.EqualTo(1));
    }

    /// <summary>The events of a file as texts, without the times, which differ from run to run.</summary>
    internal static IEnumerable<string> ReadWithoutTimes(string folder) => Read(folder).Select(record =>
    {
        record.WallTime = 0;
        return record.ToString();
    });

    internal static Event[] Read(string folder)
    {
        using FileStream stream = File.OpenRead(Path.Combine(folder, EventFile.FileName));
        var events = new List<Event>();
        while (RecordFraming.Read(stream) is { } data)
            events.Add(Event.Parser.ParseFrom(data));
        return [.. events];
    }
}
