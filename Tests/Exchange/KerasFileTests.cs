using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MiniLstm.Model;
using MiniLstm.Training;
using PureHDF;
using PureHDF.VOL.Native;

namespace MiniLstm.Tests;

/// <summary>Files of Keras, genuine, made here, and odd. PureHDF, which reads and writes the format independently, is
/// the second opinion.</summary>
public sealed class KerasFileTests
{
    private FileFolder _folder = null!;

    [SetUp]
    public void Open() => _folder = new FileFolder();

    [TearDown]
    public void Close() => _folder.Dispose();

    [TestCase("lstm_tf_model.h5", "1.1.0", "LSTM lstm_1 12, LSTM lstm_2 12, TimeDistributedDense timedistributeddense_1 2, Activation activation_1 0")]
    [TestCase("bidirectional_lstm_tensorflow_1.h5", "1.2.2", "Bidirectional bidirectional_1 24")]
    [TestCase("lstm_functional_tf_keras_2.h5", "2.0.8", "InputLayer inputLayer_1 0, LSTM lstm 3, Dense outputLayer_a 2")]
    [TestCase("embedding_lstm_tensorflow_2.h5", "2.1.3", "Embedding embedding_1 1, LSTM lstm_1 3")]
    [TestCase("masking_two_lstm.h5", "2.2.0", "Masking masking_2 0, LSTM lstm_2 3")]
    [TestCase("rnn_101.h5", "2.2.4-tf", "InputLayer input_86 0, Bidirectional bidirectional_62 6, Activation activation_53 0")]
    [TestCase("stacked_lstm.keras", "3.3.3",
        "InputLayer input_layer 0, LSTM lstm 3, Dropout dropout 0, LSTM lstm_1 3, Dropout dropout_1 0, Dense dense 2, Dense dense_1 2")]
    public void Read_GenuineFile_FindsVersionAndLayersInOrder(string name, string version, string layers)
    {
        KerasModel model = KerasFile.Read(KerasFiles.PathOf(name));

        string found = string.Join(", ", model.Layers.Select(layer => $"{layer.Kind} {layer.Name} {layer.Weights.Count}"));
        Assert.That(found, Is.EqualTo(layers));
        Assert.That(model.KerasVersion, Is.EqualTo(version));
        Assert.That(model.MajorVersion, Is.EqualTo(version[0] - '0'));
        Assert.That(model.Form, Is.EqualTo(KerasForm.Model));
    }

    [Test]
    public void Read_GenuineFile_HasInputShapeSettingsAndValues()
    {
        KerasModel model = KerasFile.Read(KerasFiles.PathOf("masking_two_lstm.h5"));
        KerasArray kernel = model.Layers[1].Weights[0];

        Assert.That(model.InputShape, Is.EqualTo((int?[])[10, 42]));
        Assert.That(model.Layers[0].Settings.GetProperty("mask_value").GetDouble(), Is.EqualTo(2));
        Assert.That(kernel.ToString(), Is.EqualTo("lstm_2/kernel:0 [42, 128]"));
        Assert.That(kernel.Values, Has.Length.EqualTo(42 * 128).And.All.InRange(-1, 1));
        Assert.That(kernel.Values.Distinct().Count(), Is.GreaterThan(42 * 100));
    }

    [Test]
    public void Read_WeightsOfKeras2_KeepsTheirOrder()
    {
        string path = Write("weights.h5", new H5File
        {
            Attributes = { ["layer_names"] = (string[])["z", "empty", "a"], ["keras_version"] = "2.1.0" },
            ["z"] = Group(["z/kernel:0"], new() { ["z"] = new H5Group { ["kernel:0"] = new float[,] { { 1, 2 } } } }),
            ["empty"] = new H5Group { Attributes = { ["weight_names"] = Array.Empty<double>() } },
            ["a"] = Group(["b", "a"], new() { ["a"] = new double[] { 4 }, ["b"] = new float[] { 3 } }),
        });

        KerasModel model = KerasFile.Read(path);

        Assert.That(model.Form, Is.EqualTo(KerasForm.Weights));
        Assert.That(model.Layers.Select(layer => layer.Name), Is.EqualTo((string[])["z", "empty", "a"]));
        Assert.That(model.Layers.SelectMany(layer => layer.Weights).SelectMany(array => array.Values), Is.EqualTo((float[])[1, 2, 3, 4]));
        Assert.That(model.Layers[0].Weights[0].Shape, Is.EqualTo((int[])[1, 2]));
    }

    [Test]
    public void Read_NamesCutIntoParts_AreJoined()
    {
        string path = Write("weights.h5", new H5File
        {
            Attributes = { ["layer_names0"] = (string[])["a"], ["layer_names1"] = (string[])["b"] },
            ["a"] = new H5Group(),
            ["b"] = new H5Group(),
        });

        Assert.That(KerasFile.Read(path).Layers.Select(layer => layer.Name), Is.EqualTo((string[])["a", "b"]));
    }

    [Test]
    public void Read_WeightsOfKeras3_FindsThemUnderClasses()
    {
        KerasModel model = KerasFile.Read(Write("model.weights.h5", KerasHdf5Files.ByClass()));

        Assert.That(model.Form, Is.EqualTo(KerasForm.WeightsByClass));
        Assert.That(model.MajorVersion, Is.EqualTo(3));
        Assert.That(model.Layers.Select(layer => $"{layer.Name} {layer.Weights.Count}"),
            Is.EqualTo((string[])["bidirectional 6", "dense 2", "dropout 0"]));
        Assert.That(model.Layers[0].Weights.Select(array => array.Values[0]), Is.EqualTo((float[])[0, 1, 2, 3, 4, 5]));
    }

    [TestCase("", "found an empty file")]
    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "found a Git LFS pointer, which only names the real file: fetch that with git lfs pull")]
    [TestCase("{\"class_name\": \"Sequential\"}", "found JSON: a description of layers without weights")]
    [TestCase("hello, world", "found the bytes 68656C6C6F2C2077")]
    [TestCase("PK\x03\x04", "expected a .keras archive, a sound zip file")]
    public void Read_NoFileOfKeras_SaysWhatItIs(string content, string message)
    {
        string path = _folder.Add("model.h5", Encoding.Latin1.GetBytes(content));

        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>()
            .With.Message.StartsWith(path).And.Message.Contains(message));
    }

    [Test]
    public void Read_NotThere_ThrowsWhatTheSystemSays() =>
        Assert.That(() => KerasFile.Read(_folder["none.h5"]), Throws.TypeOf<FileNotFoundException>());

    [Test]
    public void Read_ForeignHdf5_SaysWhatIsMissing()
    {
        string path = Write("other.h5", new H5File { ["data"] = new float[] { 1 } });

        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>()
            .With.Message.EqualTo($"{path}: an HDF5 file, but none of Keras: expected the attribute layer_names or the group layers"));
    }

    [TestCase("metadata.json")]
    [TestCase("config.json")]
    [TestCase("model.weights.h5")]
    public void Read_ArchiveWithoutAPart_NamesIt(string part)
    {
        string path = Archive((name, content) => name == part ? null : content);

        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains($"none of Keras: expected {part} in it"));
    }

    [Test]
    public void Read_ArchiveThatUnpacksToMuchMore_IsRefusedUnread()
    {
        string path = Archive((name, content) => name == "config.json" ? new byte[300 << 20] : content);

        Assert.That(new FileInfo(path).Length, Is.LessThan(2 << 20));
        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains($"config.json: {300 << 20} bytes when unpacked, expected at most"));
    }

    [TestCase("[]", "expected the description of a model")]
    [TestCase("{\"class_name\": \"MyModel\", \"config\": {}}", "a model of class \"MyModel\", expected Sequential, Functional or Model")]
    [TestCase("{\"class_name\": \"Sequential\", \"config\": []}", "a model without layers")]
    [TestCase("{\"class_name\": \"Sequential\", \"config\": [1]}", "expected the description of a model")]
    [TestCase("{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": 1, \"config\": {}}]}}", "expected the description of a model")]
    [TestCase("{\"class_name\": \"Functional\", \"config\": {\"layers\": [], \"input_layers\": [[]], \"output_layers\": []}}", "expected the description of a model")]
    public void Read_OddDescription_IsRefused(string config, string message)
    {
        string path = Archive((name, content) => name == "config.json" ? Encoding.UTF8.GetBytes(config) : content);

        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>().With.Message.Contains(message));
    }

    [Test]
    public void Read_DescriptionNestedDeeply_IsRefused()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"config\":", 100_000)) + "1" + new string('}', 100_000);
        string path = Archive((name, content) => name == "config.json" ? Encoding.UTF8.GetBytes(deep) : content);

        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>().With.Message.Contains("maximum configured depth of 64"));
    }

    [TestCaseSource(typeof(KerasFiles), nameof(KerasFiles.All))]
    public void Read_GenuineFile_AgreesWithPureHdf(string name)
    {
        KerasModel model = KerasFile.Read(KerasFiles.PathOf(name));
        bool isArchive = name.EndsWith(".keras", StringComparison.Ordinal);
        byte[] content = isArchive ? Part(name, "model.weights.h5") : File.ReadAllBytes(KerasFiles.PathOf(name));
        using var stream = new MemoryStream(content);
        using NativeFile file = H5File.Open(stream);

        Assert.That(model.Layers.Any(layer => layer.Weights.Count > 0));
        foreach (KerasLayer layer in model.Layers)
        {
            foreach (KerasArray array in layer.Weights)
            {
                IH5Dataset expected = file.Dataset(isArchive ? $"layers/{array.Name}" : $"model_weights/{layer.Name}/{array.Name}");
                Assert.That(array.Shape, Is.EqualTo(expected.Space.Dimensions.Select(size => (int)size)));
                Assert.That(array.Values, Is.EqualTo(expected.Read<float[]>()));
            }
        }
    }

    [Test]
    public void Read_LinksToOtherPathsAndFiles_AreNotFollowed()
    {
        var file = new H5File { Attributes = { ["layer_names"] = (string[])["a"] } };
        file["a"] = new H5SoftLink("/b");
        file["b"] = new H5SoftLink("/a");

        Assert.That(KerasFile.Read(Write("circle.h5", file)).Layers.Single().Weights, Is.Empty);
    }

    [Test]
    public void Read_HeaderThatContinuesInItself_IsRefused()
    {
        byte[] content = File.ReadAllBytes(KerasFiles.PathOf("rnn_13.h5"));
        int root = (int)BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(64));
        Span<byte> message = content.AsSpan(root + 16);
        BinaryPrimitives.WriteInt32LittleEndian(message, 0x10 | (16 << 16));
        BinaryPrimitives.WriteInt64LittleEndian(message[8..], root + 16);
        BinaryPrimitives.WriteInt64LittleEndian(message[16..], 24);
        string path = _folder.Add("circle.h5", content);

        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains("parts of the file refer to each other in a circle, or to the same bytes too often"));
    }

    [Test]
    public void Read_ArrayLargerThanTheFile_IsRefusedUnread()
    {
        byte[] content = File.ReadAllBytes(KerasFiles.PathOf("rnn_13.h5"));

        // The kernel's sizes, 4 and 24, become 2^20 + 4 and 24.
        byte[] sizes = [4, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0];
        int at = content.AsSpan().IndexOf(sizes);
        content[at + 2] = 16;
        string path = _folder.Add("large.h5", content);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>().With.Message.Contains("beyond the file's end"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(10 << 20));
    }

    private static H5Group Group(string[] names, Dictionary<string, object> content)
    {
        var group = new H5Group { Attributes = { ["weight_names"] = names } };
        foreach ((string name, object value) in content)
            group[name] = value;
        return group;
    }

    private string Write(string name, H5File file)
    {
        file.Write(_folder[name]);
        return _folder[name];
    }

    private static byte[] Part(string archive, string name)
    {
        using ZipArchive zip = ZipFile.OpenRead(KerasFiles.PathOf(archive));
        using Stream stream = zip.GetEntry(name)!.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    // The genuine archive, its parts exchanged or left out, packed.
    private string Archive(Func<string, byte[], byte[]?> exchange)
    {
        using ZipArchive genuine = ZipFile.OpenRead(KerasFiles.PathOf("stacked_lstm.keras"));
        using ZipArchive changed = ZipFile.Open(_folder["changed.keras"], ZipArchiveMode.Create);
        foreach (ZipArchiveEntry entry in genuine.Entries)
        {
            using var content = new MemoryStream();
            using (Stream stream = entry.Open())
                stream.CopyTo(content);
            if (exchange(entry.FullName, content.ToArray()) is not { } bytes)
                continue;
            using Stream to = changed.CreateEntry(entry.FullName).Open();
            to.Write(bytes);
        }

        return _folder["changed.keras"];
    }
}
