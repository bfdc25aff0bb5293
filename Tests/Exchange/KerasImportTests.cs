using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;
using PureHDF;

namespace MiniLstm.Tests;

public sealed class KerasImportTests
{
    private ReferenceBackend _device = null!;
    private FileFolder _folder = null!;

    [SetUp]
    public void Open()
    {
        _device = new ReferenceBackend(BackendOptions.Default);
        _folder = new FileFolder();
    }

    [TearDown]
    public void Close()
    {
        _folder.Dispose();
        _device.Dispose();
    }

    [Test]
    public void Load_ChainOfKnownLayers_BuildsThem()
    {
        KerasImported imported = KerasImport.Load(Chain(
            Layer("Embedding", "words", """{"input_dim": 3, "output_dim": 2}""", Array([3, 2], 1, 2, 3, 4, 5, 6)),
            Layer("LSTM", "lstm/1", """{"units": 1, "activation": "tanh", "recurrent_activation": "sigmoid", "return_sequences": true}""",
                Array([2, 4], 1, 2, 3, 4, 5, 6, 7, 8), Array([1, 4], 9, 10, 11, 12), Array([4], 13, 14, 15, 16)),
            Layer("Dropout", "dropout", """{"rate": 0.25}"""),
            Layer("LayerNormalization", "norm", """{"epsilon": 0.01, "axis": [2]}""", Array([1], 17), Array([1], 18)),
            Layer("TimeDistributed", "head", """{"layer": {"class_name": "Dense", "config": {"units": 2, "activation": "softmax"}}}""",
                Array([1, 2], 19, 20), Array([2], 21, 22))), _device);
        using Sequential model = imported.Model;

        Assert.That(imported.Notes, Is.Empty);
        Assert.That(model.Layers.Select(layer => $"{layer.Kind} {layer.Name}"), Is.EqualTo((string[])
            ["embedding words", "lstm lstm_1", "dropout dropout", "layer_normalization norm", "dense head", "activation head_activation"]));
        Assert.That(((Dropout)model.Layers[2]).Probability, Is.EqualTo(0.25));
        Assert.That(((LayerNormalization)model.Layers[3]).Epsilon, Is.EqualTo(0.01));
        Assert.That(Values(model, "words.weight"), Is.EqualTo((double[])[1, 2, 3, 4, 5, 6]));
        Assert.That(Values(model, "lstm_1.weight_ih_l0"), Is.EqualTo((double[])[1, 5, 2, 6, 3, 7, 4, 8]));
        Assert.That(Values(model, "lstm_1.weight_hh_l0"), Is.EqualTo((double[])[9, 10, 11, 12]));
        Assert.That(Values(model, "lstm_1.bias_ih_l0"), Is.EqualTo((double[])[13, 14, 15, 16]));
        Assert.That(Values(model, "norm.weight"), Is.EqualTo((double[])[17]));
        Assert.That(Values(model, "norm.bias"), Is.EqualTo((double[])[18]));
        Assert.That(Values(model, "head.weight"), Is.EqualTo((double[])[19, 20]));
        Assert.That(Values(model, "head.bias"), Is.EqualTo((double[])[21, 22]));
    }

    [Test]
    public void Load_TwelveArraysOfKeras1_AreOrderedByGate()
    {
        // W, U, b of i, then c, f, o.
        KerasArray[] arrays =
        [
            Array([1, 2], 1, 2), Array([2, 2], 10, 11, 12, 13), Array([2], 100, 101),
            Array([1, 2], 3, 4), Array([2, 2], 20, 21, 22, 23), Array([2], 200, 201),
            Array([1, 2], 5, 6), Array([2, 2], 30, 31, 32, 33), Array([2], 300, 301),
            Array([1, 2], 7, 8), Array([2, 2], 40, 41, 42, 43), Array([2], 400, 401),
        ];
        const string Settings = """{"output_dim": 2, "activation": "tanh", "inner_activation": "sigmoid", "batch_input_shape": [null, null, 1]}""";
        using Sequential model = KerasImport.Load(Chain(Layer("LSTM", "lstm", Settings, arrays)), _device).Model;

        Assert.That(Values(model, "lstm.weight_ih_l0"), Is.EqualTo((double[])[1, 2, 5, 6, 3, 4, 7, 8]), "i, f, c, o");
        Assert.That(Values(model, "lstm.weight_hh_l0"),
            Is.EqualTo((double[])[10, 12, 11, 13, 30, 32, 31, 33, 20, 22, 21, 23, 40, 42, 41, 43]));
        Assert.That(Values(model, "lstm.bias_ih_l0"), Is.EqualTo((double[])[100, 101, 300, 301, 200, 201, 400, 401]));
    }

    [Test]
    public void Load_MadeForCudnn_HasTwoBiasesAndTransposedBlocks()
    {
        const string Settings = """{"units": 2, "batch_input_shape": [null, null, 3]}""";
        KerasLayer layer = Layer("CuDNNGRU", "gru", Settings,
            Array([3, 6], [.. Enumerable.Range(0, 18).Select(k => (float)k)]),
            Array([2, 6], [.. Enumerable.Range(20, 12).Select(k => (float)k)]),
            Array([12], [.. Enumerable.Range(40, 12).Select(k => (float)k)]));
        using Sequential model = KerasImport.Load(Chain(layer), _device).Model;

        // z, r, h become r, z, n; a block [3, 2] is read along its rows as [2, 3].
        Assert.That(Values(model, "gru.weight_ih_l0"),
            Is.EqualTo((double[])[2, 3, 8, 9, 14, 15, 0, 1, 6, 7, 12, 13, 4, 5, 10, 11, 16, 17]));
        Assert.That(Values(model, "gru.weight_hh_l0"), Is.EqualTo((double[])[22, 23, 28, 29, 20, 21, 26, 27, 24, 25, 30, 31]));
        Assert.That(Values(model, "gru.bias_ih_l0"), Is.EqualTo((double[])[42, 43, 40, 41, 44, 45]));
        Assert.That(Values(model, "gru.bias_hh_l0"), Is.EqualTo((double[])[48, 49, 46, 47, 50, 51]));
    }

    [Test]
    public void Load_NineArraysOfKeras1_AreThoseOfOneGru()
    {
        const string Settings = """{"output_dim": 1, "activation": "tanh", "inner_activation": "sigmoid", "batch_input_shape": [null, null, 2]}""";
        KerasArray[] arrays =
        [
            Array([2, 1], 1, 2), Array([1, 1], 3), Array([1], 4),
            Array([2, 1], 5, 6), Array([1, 1], 7), Array([1], 8),
            Array([2, 1], 9, 10), Array([1, 1], 11), Array([1], 12),
        ];
        using Sequential model = KerasImport.Load(Chain(Layer("GRU", "gru", Settings, arrays)), _device).Model;

        Assert.That(((Gru)model.Layers[0]).ResetAfter, Is.False);
        Assert.That(Values(model, "gru.weight_ih_l0"), Is.EqualTo((double[])[5, 6, 1, 2, 9, 10]));
        Assert.That(Values(model, "gru.weight_hh_l0"), Is.EqualTo((double[])[7, 3, 11]));
        Assert.That(Values(model, "gru.bias_ih_l0"), Is.EqualTo((double[])[8, 4, 12]));
    }

    [TestCase("2.2.4", MaskedOutput.Repeat)]
    [TestCase("2.2.4-tf", MaskedOutput.Zero)]
    [TestCase("2.3.1", MaskedOutput.Repeat)]
    [TestCase("2.4.0", MaskedOutput.Zero)]
    [TestCase("3.8.0", MaskedOutput.Zero)]
    public void Load_Bidirectional_TreatsMaskedStepsAsItsVersionDoes(string version, MaskedOutput expected)
    {
        const string Settings = """{"merge_mode": "sum", "batch_input_shape": [null, null, 1], "layer": {"class_name": "SimpleRNN", "config": {"units": 1}}}""";
        KerasLayer layer = Layer("Bidirectional", "both", Settings,
            Array([1, 1], 1), Array([1, 1], 2), Array([1], 3), Array([1, 1], 4), Array([1, 1], 5), Array([1], 6));
        using Sequential model = KerasImport.Load(Chain(layer) with { KerasVersion = version }, _device).Model;

        Assert.That(((SimpleRnn)model.Layers[0]).MaskedOutput, Is.EqualTo(expected));
        Assert.That(Values(model, "both.weight_ih_l0_reverse"), Is.EqualTo((double[])[4]));
    }

    [TestCase("true", MaskedOutput.Zero)]
    [TestCase("false", MaskedOutput.Repeat)]
    public void Load_ZeroOutputForMask_IsFollowed(string zero, MaskedOutput expected)
    {
        string settings = $$"""{"units": 1, "return_sequences": true, "zero_output_for_mask": {{zero}}, "batch_input_shape": [null, null, 1]}""";
        KerasLayer layer = Layer("SimpleRNN", "rnn", settings, Array([1, 1], 1), Array([1, 1], 2), Array([1], 3));
        using Sequential model = KerasImport.Load(Chain(layer), _device).Model;

        Assert.That(((SimpleRnn)model.Layers[0]).MaskedOutput, Is.EqualTo(expected));
    }

    [Test]
    public void Load_MaximumOverTime_SeesMaskedStepsAsInKeras_AndRegularizersAreNoted()
    {
        const string Settings = """{"input_dim": 3, "output_dim": 1, "mask_zero": true, "embeddings_regularizer": {"class_name": "L2"}, "embeddings_constraint": null}""";
        KerasImported imported = KerasImport.Load(
            Chain(Layer("Embedding", "words", Settings, Array([3, 1], 5, 1, 2)), Layer("GlobalMaxPooling1D", "pool", "{}")), _device);
        using Sequential model = imported.Model;
        using Tape tape = Tape.ForInference(_device);

        Tensor output = model.Forward(tape, tape.Indices([2, 1], [1, 0])).Logits;

        Assert.That(output.ToArray(), Is.EqualTo((double[])[5]));
        Assert.That(imported.Notes.Single(), Does.StartWith("words: embeddings_regularizer are not taken over"));
    }

    [TestCase("1.2.2", CellActivation.HardSigmoidKeras2)]
    [TestCase("2.9.0", CellActivation.HardSigmoidKeras2)]
    [TestCase("3.0.0", CellActivation.HardSigmoid)]
    public void Load_HardSigmoid_IsThatOfTheVersion(string version, CellActivation expected)
    {
        const string Settings = """{"units": 1, "activation": null, "recurrent_activation": "hard_sigmoid", "stateful": true, "dropout": 0.25, "batch_input_shape": [null, null, 1]}""";
        KerasLayer layer = Layer("LSTM", "lstm", Settings, Array([1, 4], 1, 2, 3, 4), Array([1, 4], 5, 6, 7, 8), Array([4], 1, 2, 3, 4));
        KerasImported imported = KerasImport.Load(
            Chain(layer, Layer("GaussianNoise", "noise", "{}")) with { KerasVersion = version }, _device);
        using Sequential model = imported.Model;

        var lstm = (Lstm)model.Layers.Single();
        Assert.That((lstm.GateActivation, lstm.Activation, lstm.InputDropout), Is.EqualTo((expected, CellActivation.Linear, 0.25)));
        Assert.That(imported.Notes, Has.Count.EqualTo(2));
        Assert.That(imported.Notes[0], Does.Contain("lstm is stateful in Keras"));
        Assert.That(imported.Notes[1], Does.Contain("noise of class GaussianNoise acts in training only"));
    }

    [TestCase("Conv1D", """{"filters": 1}""", "layer \"x\" of class Conv1D: no layer here does that; there are Activation, ActivityRegularization, AlphaDropout, Bidirectional")]
    [TestCase("BatchNormalization", """{}""", "of class BatchNormalization: normalisation over a batch is refused")]
    [TestCase("Reshape", """{"target_shape": [1, 2]}""", "of class Reshape: the axes of a sequence are fixed here")]
    [TestCase("Lambda", """{}""", "of class Lambda: code in a file is never run")]
    [TestCase("Sequential", """{"layers": []}""", "a model inside of a model is refused")]
    [TestCase("LSTM", """{"units": 1, "activation": "mish"}""", "activation \"mish\" is refused: there are elu, exponential, hard_sigmoid, linear")]
    [TestCase("GRU", """{"units": 1, "recurrent_activation": "softmax"}""", "recurrent_activation \"softmax\" is refused: there are")]
    [TestCase("Activation", """{"activation": "mish"}""", "activation \"mish\" is refused: there are")]
    [TestCase("ReLU", """{"max_value": 6.0}""", "max_value, negative_slope and threshold are refused")]
    [TestCase("Bidirectional", """{"layer": {"class_name": "ConvLSTM2D", "config": {}}}""", "wraps ConvLSTM2D, expected one of CuDNNGRU")]
    [TestCase("Bidirectional", """{"layer": {"class_name": "GRU", "config": {"units": 1, "go_backwards": true}}}""", "go_backwards inside is refused")]
    [TestCase("Bidirectional", """{"layer": {"class_name": "GRU", "config": {"units": 1}}, "merge_mode": null}""", "which gives two outputs, is refused")]
    [TestCase("Bidirectional", """{"layer": {"class_name": "GRU", "config": {"units": 1}}, "merge_mode": "sum", "backward_layer": {"class_name": "GRU", "config": {"units": 2}}}""", "a backward_layer with other settings")]
    [TestCase("LSTM", """{"units": 1, "return_state": true}""", "return_state is refused")]
    [TestCase("LSTM", """{"units": "many", "activation": "tanh", "recurrent_activation": "sigmoid"}""", "expected a whole number as units, found \"many\"")]
    [TestCase("SimpleRNN", """{"activation": "tanh"}""", "expected a whole number as units, found nothing")]
    [TestCase("LSTM", """{"units": 0, "activation": "tanh", "recurrent_activation": "sigmoid"}""", "units 0, expected 1 to")]
    [TestCase("Dense", """{"units": 1, "use_bias": 1}""", "expected true or false as use_bias, found 1")]
    [TestCase("Dense", """{"units": 1, "activation": {"class_name": "mine"}}""", "expected the name of a built-in as activation")]
    [TestCase("Dropout", """{"rate": "half"}""", "expected a number as rate, found \"half\"")]
    [TestCase("Dropout", """{"rate": 1}""", "probability 1, expected at least 0 and below 1")]
    [TestCase("LayerNormalization", """{"axis": 1}""", "another axis than the last")]
    [TestCase("LayerNormalization", """{"scale": false}""", "without center or scale")]
    [TestCase("TimeDistributed", """{"layer": {"class_name": "Conv2D", "config": {}}}""", "wraps Conv2D, expected Dense, Dropout or Activation")]
    [TestCase("TimeDistributed", """{}""", "expected a layer as layer, found nothing")]
    public void Load_LayerOrSettingThatIsNotKnown_IsNamed(string kind, string settings, string message)
    {
        Assert.That(() => KerasImport.Load(Chain(Layer(kind, "x", settings)), _device), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains(message).And.Message.StartsWith("chain.h5: layer \"x\" of class"));
    }

    [TestCase(1_000_000_000, "lstm.weight_ih_l0 [4, 1000000000]")]
    [TestCase(-1, "an input of size -1, expected at least 1")]
    public void Load_InputOfAnotherWidthThanTheArrays_IsRefusedBeforeMemoryIsTaken(int width, string message)
    {
        string settings = $$"""{"units": 1, "activation": "tanh", "recurrent_activation": "sigmoid", "batch_input_shape": [null, 5, {{width}}]}""";
        KerasLayer layer = Layer("LSTM", "lstm", settings, Array([3, 4], new float[12]), Array([1, 4], 1, 2, 3, 4), Array([4], 1, 2, 3, 4));

        Assert.That(() => KerasImport.Load(Chain(layer), _device), Throws.TypeOf<ModelFileException>().With.Message.Contains(message));
    }

    [Test]
    public void Load_ArraysOfAnotherLayer_SayWhatWasExpected()
    {
        const string Settings = """{"units": 2, "activation": "tanh", "recurrent_activation": "sigmoid", "batch_input_shape": [null, 5, 1]}""";

        Assert.That(() => KerasImport.Load(Chain(Layer("LSTM", "lstm", Settings, Array([1, 4], 1, 2, 3, 4))), _device),
            Throws.TypeOf<ModelFileException>().With.Message.EqualTo("chain.h5: lstm: expected the arrays kernel [input, 8], "
                + "recurrent kernel [2, 8] and perhaps bias [8], found array [1, 4]"));
    }

    [Test]
    public void Load_WeightsAlone_AreRefused()
    {
        string path = _folder["model.weights.h5"];
        KerasHdf5Files.ByClass().Write(path);

        Assert.That(() => KerasImport.Load(path, _device),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("weights without a model: make the model, then use LoadWeights"));
    }

    [Test]
    public void LoadWeights_ByClass_FindsEachLayer()
    {
        string path = _folder["model.weights.h5"];
        var file = new H5File
        {
            ["layers"] = new H5Group
            {
                ["dense"] = KerasHdf5Files.Layer(("0", [2, 1], [1, 2]), ("1", [1], [3])),
                ["dense_1"] = KerasHdf5Files.Layer(("0", [1, 2], [4, 5]), ("1", [2], [6, 7])),
                ["dropout"] = KerasHdf5Files.Layer(),
            },
        };
        file.Write(path);
        using var model = new Sequential(2, new Dense(1) { Name = "one" }, new Dropout(0.5), new Dense(2) { Name = "two" });
        model.Build(_device, seed: 1);

        KerasImport.LoadWeights(path, model);

        Assert.That(model.Parameters.All.SelectMany(p => p.ToArray()), Is.EqualTo((double[])[1, 2, 3, 4, 5, 6, 7]));
    }

    [Test]
    public void LoadWeights_OfAWholeModel_TakesThemInOrder()
    {
        using var model = new Sequential(new Embedding(4, 5), new Lstm(6, returnSequences: true));
        using var one = new Sequential(new Embedding(4, 5), new Lstm(6) { SeparateBiases = false });
        model.Build(_device, seed: 1);
        one.Build(_device, seed: 1);

        KerasImport.LoadWeights(KerasFiles.PathOf("embedding_lstm_tensorflow_2.h5"), one);
        KerasImport.LoadWeights(KerasFiles.PathOf("embedding_lstm_tensorflow_2.h5"), model);

        KerasModel source = KerasFile.Read(KerasFiles.PathOf("embedding_lstm_tensorflow_2.h5"));
        Assert.That(Values(model, "embedding.weight"), Is.EqualTo(source.Layers[0].Weights[0].Values.Select(v => (double)v)));
        Assert.That(Values(model, "lstm.bias_ih_l0"), Is.EqualTo(source.Layers[1].Weights[2].Values.Select(v => (double)v)));
        Assert.That(Values(model, "lstm.bias_hh_l0"), Is.All.Zero);
        Assert.That(Values(one, "lstm.bias_ih_l0"), Is.EqualTo(Values(model, "lstm.bias_ih_l0")));
    }

    [Test]
    public void LoadWeights_OfAnotherModel_IsRefused_AndNothingIsWritten()
    {
        string path = KerasFiles.PathOf("embedding_lstm_tensorflow_2.h5");
        using var other = new Sequential(new Embedding(4, 5), new Lstm(6), new Dense(2));
        using var wider = new Sequential(new Embedding(4, 5), new Lstm(7));
        other.Build(_device, seed: 1);
        wider.Build(_device, seed: 1);
        double[] before = Values(wider, "embedding.weight");

        Assert.That(() => KerasImport.LoadWeights(path, other), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains("weights of 2 layers (embedding_1, lstm_1) for a model with 3 (embedding, lstm, dense)"));
        Assert.That(() => KerasImport.LoadWeights(path, wider), Throws.TypeOf<ModelFileException>().With.Message.Contains("kernel [input, 28]"));
        Assert.That(Values(wider, "embedding.weight"), Is.EqualTo(before));
    }

    private static double[] Values(Sequential model, string parameter) => model.Parameters[parameter].ToArray();

    private static KerasModel Chain(params KerasLayer[] layers)
    {
        bool hasShape = layers[0].Settings.TryGetProperty("batch_input_shape", out JsonElement shape);
        int?[] input = hasShape
            ? [.. shape.EnumerateArray().Skip(1).Select(size => size.ValueKind == JsonValueKind.Null ? (int?)null : size.GetInt32())]
            : [];
        return new("chain.h5", "2.2.0", KerasForm.Model, input, layers);
    }

    private static KerasLayer Layer(string kind, string name, string settings, params KerasArray[] weights)
    {
        using JsonDocument json = JsonDocument.Parse(settings);
        return new(kind, name, json.RootElement.Clone(), weights);
    }

    private static KerasArray Array(int[] shape, params float[] values) => new("array", shape, values);
}
