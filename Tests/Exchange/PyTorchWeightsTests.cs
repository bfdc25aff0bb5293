using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class PyTorchWeightsTests
{
    private HostBackend _device = null!;
    private FileFolder _folder = null!;

    [SetUp]
    public void Open()
    {
        _device = HostBackend.Create(new HostOptions(Threads: 1, BackendOptions.Default));
        _folder = new FileFolder();
    }

    [TearDown]
    public void Close()
    {
        _folder.Dispose();
        _device.Dispose();
    }

    [Test]
    public void Load_FileThatSaveWrote_GivesTheSameValues()
    {
        using Sequential from = Model(seed: 1);
        using Sequential to = Model(seed: 2);

        PyTorchWeights.Save(_folder["model.safetensors"], from);
        WeightsReport report = PyTorchWeights.Load(_folder["model.safetensors"], to);

        Assert.That(Values(to), Is.EqualTo(Values(from)));
        Assert.That(report.Loaded.Select(load => load.Parameter), Is.EqualTo(from.Parameters.All.Select(p => p.Name)));
        Assert.That(report.Missing, Is.Empty);
        Assert.That(report.Unexpected, Is.Empty);
    }

    [Test]
    public void Save_ModulesNamed_WritesTheirPaths()
    {
        using Sequential model = Model(seed: 1);
        var modules = new Dictionary<string, string> { ["encoder.rnn"] = "lstm", [""] = "dense" };

        PyTorchWeights.Save(_folder["model.safetensors"], model, modules);

        using SafetensorsFile file = SafetensorsFile.Open(_folder["model.safetensors"]);
        Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EquivalentTo((string[])
        [
            "embedding.weight",
            "encoder.rnn.weight_ih_l0", "encoder.rnn.weight_hh_l0", "encoder.rnn.bias_ih_l0", "encoder.rnn.bias_hh_l0",
            "encoder.rnn.weight_ih_l1", "encoder.rnn.weight_hh_l1", "encoder.rnn.bias_ih_l1", "encoder.rnn.bias_hh_l1",
            "weight", "bias",
        ]));
        Assert.That(file.Metadata["format"], Is.EqualTo("pt"));
    }

    [Test]
    public void Load_OtherPaths_AreRecognisedByParametersAndShapes()
    {
        using Sequential from = Model(seed: 1);
        using Sequential to = Model(seed: 2);
        var modules = new Dictionary<string, string> { ["net.rnn"] = "lstm", ["net.words"] = "embedding", ["head"] = "dense" };
        PyTorchWeights.Save(_folder["model.safetensors"], from, modules);

        WeightsReport report = PyTorchWeights.Load(_folder["model.safetensors"], to);

        Assert.That(Values(to), Is.EqualTo(Values(from)));
        Assert.That(report.Loaded[1].Tensor, Is.EqualTo("net.rnn.weight_ih_l0"));
    }

    [Test]
    public void Load_ModulesAlikeButForANumber_AreTakenInItsOrder()
    {
        using Sequential from = Twins(seed: 1);
        using Sequential to = Twins(seed: 2);
        var modules = new Dictionary<string, string> { ["rnn.2.cell"] = "lstm", ["rnn.10.cell"] = "lstm_1" };
        PyTorchWeights.Save(_folder["model.safetensors"], from, modules);

        PyTorchWeights.Load(_folder["model.safetensors"], to);

        Assert.That(Values(to), Is.EqualTo(Values(from)));
    }

    [Test]
    public void Load_ModulesAlike_AskWhichIsWhich()
    {
        using Sequential from = Twins(seed: 1);
        using Sequential to = Twins(seed: 2);
        var modules = new Dictionary<string, string> { ["upper"] = "lstm_1", ["lower"] = "lstm" };
        PyTorchWeights.Save(_folder["model.safetensors"], from, modules);

        Assert.That(() => PyTorchWeights.Load(_folder["model.safetensors"], to), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains("all fit lstm, lstm_1: say which is which").And.Message.Contains("lower").And.Message.Contains("upper"));

        PyTorchWeights.Load(_folder["model.safetensors"], to, modules);
        Assert.That(Values(to), Is.EqualTo(Values(from)));
    }

    [Test]
    public void Load_TensorsMissingAndLeftOver_AreListedAndNothingIsWritten()
    {
        using Sequential from = Model(seed: 1);
        using var to = new Sequential(new Embedding(5, 3), new LayerNormalization(), new Dense(5));
        to.Build(_device, seed: 2);
        double[] before = Values(to);
        PyTorchWeights.Save(_folder["model.safetensors"], from);

        Assert.That(() => PyTorchWeights.Load(_folder["model.safetensors"], to), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains("for dense.weight [5, 3]"));
        Assert.That(Values(to), Is.EqualTo(before));
    }

    [Test]
    public void Load_Lenient_LoadsWhatFits_AndReportsTheRest()
    {
        using var from = new Sequential(new Embedding(5, 3), new Lstm(4), new Dense(5));
        using var to = new Sequential(new Embedding(5, 3), new LayerNormalization(), new Lstm(4, bias: false) { Name = "other" });
        from.Build(_device, seed: 1);
        to.Build(_device, seed: 2);
        PyTorchWeights.Save(_folder["model.safetensors"], from);

        Assert.That(() => PyTorchWeights.Load(_folder["model.safetensors"], to), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains("parameters without a tensor: layer_normalization.weight, layer_normalization.bias, other.weight_ih_l0")
            .And.Message.Contains("tensors without a parameter: lstm.weight_ih_l0"));
        WeightsReport report = PyTorchWeights.Load(_folder["model.safetensors"], to, strict: false);

        Assert.That(report.Loaded, Is.EqualTo((LoadedTensor[])[new("embedding.weight", SafetensorsType.F32, "embedding.weight")]));
        Assert.That(report.Missing, Has.Count.EqualTo(4));
        Assert.That(report.Unexpected, Has.Count.EqualTo(6));
        Assert.That(to.Parameters["embedding.weight"].ToArray(), Is.EqualTo(from.Parameters["embedding.weight"].ToArray()));
    }

    [TestCase("float16", 1.0 / 3, 0.333251953125)]
    [TestCase("bfloat16", 1.0 / 3, 0.333984375)]
    public void Load_HalfPrecision_IsConverted(string type, double value, double expected)
    {
        using var model = new Sequential(2, new Dense(1, bias: false) { Name = "head" });
        model.Build(_device, seed: 1);
        ushort bits = type == "float16"
            ? BitConverter.HalfToUInt16Bits((Half)value)
            : (ushort)((BitConverter.SingleToUInt32Bits((float)value) + 0x8000) >> 16);
        string code = type == "float16" ? "F16" : "BF16";
        string header = $$$"""{"model.head.weight": {"dtype": "{{{code}}}", "shape": [1, 2], "data_offsets": [0, 4]}}""";
        byte[] pair = BitConverter.GetBytes(bits);
        string path = _folder.Add("half.safetensors", FileFolder.Bytes(header, [.. pair, .. pair]));

        PyTorchWeights.Load(path, model);

        Assert.That(model.Parameters["head.weight"].ToArray(), Is.EqualTo((double[])[expected, expected]));
    }

    [Test]
    public void Load_Integers_AreRefused()
    {
        using var model = new Sequential(2, new Dense(1, bias: false) { Name = "head" });
        model.Build(_device, seed: 1);
        string header = """{"head.weight": {"dtype": "I32", "shape": [1, 2], "data_offsets": [0, 8]}}""";
        string path = _folder.Add("integers.safetensors", FileFolder.Bytes(header, new byte[8]));

        Assert.That(() => PyTorchWeights.Load(path, model),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("head.weight I32 [1, 2], expected floating point"));
    }

    [Test]
    public void LoadAndSave_LayerOrModuleThatIsNotThere_NamesThoseThatAre()
    {
        using Sequential model = Model(seed: 1);
        PyTorchWeights.Save(_folder["model.safetensors"], model);
        var noLayer = new Dictionary<string, string> { ["rnn"] = "gru" };
        var noModule = new Dictionary<string, string> { ["rnn"] = "lstm" };
        var twice = new Dictionary<string, string> { ["lstm"] = "lstm", ["dense"] = "lstm" };

        Assert.That(() => PyTorchWeights.Load(_folder["model.safetensors"], model, noLayer),
            Throws.ArgumentException.With.Message.Contains("no layer 'gru' that learns; there are embedding, lstm, dense"));
        Assert.That(() => PyTorchWeights.Load(_folder["model.safetensors"], model, noModule),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("no tensors of a module \"rnn\"; there are"));
        Assert.That(() => PyTorchWeights.Load(_folder["model.safetensors"], model, twice), Throws.ArgumentException);
        Assert.That(() => PyTorchWeights.Save(_folder["again.safetensors"], model, noLayer), Throws.ArgumentException);
        Assert.That(() => PyTorchWeights.Save(_folder["again.safetensors"], model, twice), Throws.ArgumentException);
    }

    private Sequential Model(ulong seed)
    {
        var model = new Sequential(new Embedding(5, 3), new Lstm(4, layers: 2, returnSequences: true), new Dense(5));
        model.Build(_device, seed);
        return model;
    }

    private Sequential Twins(ulong seed)
    {
        var model = new Sequential(4, new Lstm(4, returnSequences: true), new Lstm(4));
        model.Build(_device, seed);
        return model;
    }

    private static double[] Values(Sequential model) => [.. model.Parameters.All.SelectMany(parameter => parameter.ToArray())];
}
