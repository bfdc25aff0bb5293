using MiniLstm.Engine;
using MiniLstm.Kernels;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class ModelFolderTests(TestBackend device) : BackendFixture(device)
{
    private static readonly TokenizerFile _tokenizer = new(CharacterTokenizer.FromText("hello, world"), new(new()));
    private static readonly TokenizerFile _other = new(CharacterTokenizer.FromText("abc"), new(new()));

    private string _folder = "";

    private FileFolder Parent { get; set; } = null!;

    private string ConfigPath => Path.Combine(_folder, ModelConfig.FileName);

    private static int Vocabulary => _tokenizer.Tokenizer.Count;

    private string WeightsPath => Path.Combine(_folder, ModelFolder.WeightsName);

    private string TokenizerPath => Path.Combine(_folder, TokenizerFile.Name);

    [SetUp]
    public void ChooseFolder()
    {
        Parent = new FileFolder();
        _folder = Parent["model"];
    }

    [TearDown]
    public void DeleteFolder() => Parent.Dispose();

    [Test]
    public void Load_SavedModel_ComputesTheSameBits()
    {
        using Sequential model = Build();
        ModelFolder.Save(_folder, model, _tokenizer);

        (Sequential loaded, TokenizerFile tokenizer) = ModelFolder.Load(_folder, Backend);
        using Sequential disposed = loaded;

        int[] ids = tokenizer.Tokenizer.Encode("hello");
        Assert.That(ids, Is.EqualTo(_tokenizer.Tokenizer.Encode("hello")));
        Assert.That(Logits(loaded, ids), Is.EqualTo(Logits(model, ids)));
        Assert.That(loaded.Summary(), Is.EqualTo(model.Summary()));
    }

    [Test]
    public void Load_OnAnotherDevice_ComputesTheSame()
    {
        using Sequential model = Build();
        ModelFolder.Save(_folder, model, _tokenizer);

        using IlgpuBackend other = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);
        using Sequential loaded = ModelFolder.Load(_folder, other).Model;

        int[] ids = _tokenizer.Tokenizer.Encode("hello");
        Assert.That(Logits(loaded, ids), Is.EqualTo(Logits(model, ids)).Within(1e-6));
    }

    [Test]
    public void Save_LoadedModel_GivesTheSameFiles()
    {
        using Sequential model = Build();
        ModelFolder.Save(_folder, model, _tokenizer);
        byte[][] before = [.. Files().Select(File.ReadAllBytes)];

        (Sequential loaded, TokenizerFile tokenizer) = ModelFolder.Load(_folder, Backend);
        using Sequential disposed = loaded;
        ModelFolder.Save(_folder, loaded, tokenizer);

        string[] names = ["config.json", "model.safetensors", "tokenizer.json"];
        Assert.That(Files().Select(Path.GetFileName), Is.EqualTo(names));
        Assert.That(Files().Select(File.ReadAllBytes), Is.EqualTo(before));
    }

    [Test]
    public void Save_TiedModel_HasNamesAndShapesOfPyTorchAndTheTableOnce()
    {
        using Sequential model = Build();
        ModelFolder.Save(_folder, model, _tokenizer);

        using SafetensorsFile file = SafetensorsFile.Open(WeightsPath);

        string type = Backend.Real == ElementKind.Float64 ? "F64" : "F32";
        Assert.That(
            file.Tensors.Select(tensor => tensor.ToString()),
            Is.EqualTo(new[]
            {
                $"embedding.weight {type} [{Vocabulary}, 6]",
                $"rnn.weight_ih_l0 {type} [24, 6]",
                $"rnn.weight_hh_l0 {type} [24, 6]",
                $"rnn.bias_ih_l0 {type} [24]",
                $"rnn.bias_hh_l0 {type} [24]",
                $"layer_normalization.weight {type} [6]",
                $"layer_normalization.bias {type} [6]",
                $"dense.bias {type} [{Vocabulary}]",
            }));
    }

    [Test]
    public void Save_TokenizerOfAnotherVocabulary_IsRefused()
    {
        using Sequential model = Build();

        Assert.That(
            () => ModelFolder.Save(_folder, model, _other),
            Throws.ArgumentException.With.Message.StartsWith(
                $"Save: 4 tokens, but embedding of the model has {Vocabulary}"));
        Assert.That(Directory.Exists(_folder), Is.False);
    }

    [Test]
    public void Save_ModelThatDoesNotEndInLogitsOfEachStep_IsRefused()
    {
        using var narrow = new Sequential(new Embedding(Vocabulary, 6), new Dense(1));
        using var last = new Sequential(new Embedding(Vocabulary, 6), new Lstm(5), new Dense(Vocabulary));
        string expected = $"expected [time, batch, {Vocabulary}]";

        Assert.That(
            () => ModelFolder.Save(_folder, narrow, _tokenizer),
            Throws.ArgumentException.With.Message.StartsWith(
                $"Save: {Vocabulary} tokens, but [time, batch, 1] flows out of dense of the model, {expected}"));
        Assert.That(
            () => ModelFolder.Save(_folder, last, _tokenizer),
            Throws.ArgumentException.With.Message.StartsWith(
                $"Save: {Vocabulary} tokens, but [batch, {Vocabulary}] flows out of dense of the model, {expected}"));
    }

    [Test]
    public void Load_ModelWithAnotherNumberOfLogits_IsRefused()
    {
        using Sequential model = BuildUntied();
        ModelFolder.Save(_folder, model, _tokenizer);
        using var narrow = new Sequential(
            new Embedding(Vocabulary, 6), new Lstm(5, returnSequences: true), new Dense(1));
        File.WriteAllBytes(ConfigPath, ModelConfig.ToBytes(narrow));

        Assert.That(Load, Throws.TypeOf<ModelFileException>().With.Message.EqualTo(
            $"{TokenizerPath}: {Vocabulary} tokens, but [time, batch, 1] flows out of dense of the model, " +
            $"expected [time, batch, {Vocabulary}]"));
    }

    [TestCase("config.json")]
    [TestCase("model.safetensors")]
    [TestCase("tokenizer.json")]
    public void Load_FileMissing_NamesIt(string name)
    {
        SaveModel();
        string path = Path.Combine(_folder, name);
        File.Delete(path);

        Assert.That(Load, Throws.TypeOf<FileNotFoundException>().With.Message.Contains(path));
    }

    [Test]
    public void Load_TokenizerOfAnotherModel_IsRefused()
    {
        SaveModel();
        File.WriteAllBytes(TokenizerPath, _other.ToBytes());

        Assert.That(Load, Throws.TypeOf<ModelFileException>().With.Message.StartsWith($"{TokenizerPath}: 4 tokens"));
    }

    [Test]
    public void Load_OtherTensors_ListsMissingAndUnexpectedOnes()
    {
        SaveModel();
        string config = File.ReadAllText(ConfigPath);
        File.WriteAllText(ConfigPath, config.Replace("\"rnn\"", "\"lstm\"", StringComparison.Ordinal));

        Assert.That(Load, Throws.TypeOf<ModelFileException>().With.Message.EqualTo(
            $"{WeightsPath}: tensors missing: " +
            "\"lstm.weight_ih_l0\", \"lstm.weight_hh_l0\", \"lstm.bias_ih_l0\", \"lstm.bias_hh_l0\"; " +
            "unexpected: \"rnn.weight_ih_l0\", \"rnn.weight_hh_l0\", \"rnn.bias_ih_l0\", \"rnn.bias_hh_l0\""));
    }

    [Test]
    public void Load_UnreasonableSize_IsRefusedByTheWeightsHeaderBeforeAnythingIsAllocated()
    {
        using Sequential model = BuildUntied();
        ModelFolder.Save(_folder, model, _tokenizer);
        string config = File.ReadAllText(ConfigPath);
        File.WriteAllText(ConfigPath, config.Replace("\"units\": 5", "\"units\": 10000000", StringComparison.Ordinal));
        PoolStatistics before = Backend.Pool.Statistics;

        Assert.That(Load, Throws.TypeOf<ModelFileException>().With.Message.Contains(
            "tensor lstm.weight_ih_l0 ").And.Message.Contains("[20, 6], expected the shape [40000000, 6]"));
        Assert.That(Backend.Pool.Statistics, Is.EqualTo(before));
    }

    [Test]
    public void Load_TruncatedWeights_NamesFileAndByte()
    {
        SaveModel();
        using (FileStream stream = File.OpenWrite(WeightsPath))
            stream.SetLength(stream.Length - 1);

        Assert.That(Load, Throws.TypeOf<ModelFileException>().With.Message.StartsWith($"{WeightsPath}, byte "));
    }

    [Test]
    public void Load_Seed_StartsTheDropoutStreamsOfABuiltModel()
    {
        SaveModel();

        (Sequential loaded, _) = ModelFolder.Load(_folder, Backend, seed: 5);
        using Sequential disposed = loaded;

        using Sequential built = Build(seed: 5);
        Assert.That(
            loaded.RandomStreams.Select(stream => (stream.Seed, stream.Stream, stream.Offset)),
            Is.EqualTo(built.RandomStreams.Select(stream => (stream.Seed, stream.Stream, stream.Offset))));
        Assert.That(loaded.RandomStreams, Has.Count.EqualTo(1));
    }

    private string[] Files() => [.. Directory.EnumerateFiles(_folder).Order(StringComparer.Ordinal)];

    private void Load()
    {
        (Sequential model, _) = ModelFolder.Load(_folder, Backend);
        model.Dispose();
    }

    private void SaveModel()
    {
        using Sequential model = Build();
        ModelFolder.Save(_folder, model, _tokenizer);
    }

    private Sequential Build(ulong seed = 1)
    {
        var embedding = new Embedding(Vocabulary, 6);
        var model = new Sequential(
            embedding,
            new Dropout(0.2),
            new Lstm(6, returnSequences: true) { Name = "rnn" },
            new LayerNormalization(),
            new Dense(Vocabulary, tiedTo: embedding));
        model.Build(Backend, seed);
        return model;
    }

    private Sequential BuildUntied()
    {
        var model = new Sequential(
            new Embedding(Vocabulary, 6), new Lstm(5, returnSequences: true), new Dense(Vocabulary));
        model.Build(Backend, seed: 1);
        return model;
    }

    private static double[] Logits(Sequential model, int[] ids)
    {
        using Tape tape = Tape.ForInference(model.Device);
        return model.Forward(tape, tape.Indices([ids.Length, 1], ids)).Logits.ToArray();
    }
}
