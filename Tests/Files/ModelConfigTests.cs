using System.Text;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class ModelConfigTests
{
    private const string Start = """{ "format": "minilstm-model", "version": 1, "inputWidth": 0, "layers": [""";

    [Test]
    public void ToBytes_EveryLayer_IsWhatOnePageCanShow()
    {
        var embedding = new Embedding(9, 6);
        var model = new Sequential(
            embedding,
            new Dropout(0.25),
            new Lstm(6, layers: 2, dropout: 0.5, returnSequences: true) { Name = "rnn" },
            new LayerNormalization(),
            new Dense(9, tiedTo: embedding));

        Assert.That(Encoding.UTF8.GetString(ModelConfig.ToBytes(model)), Is.EqualTo(
            """
            {
              "format": "minilstm-model",
              "version": 1,
              "inputWidth": 0,
              "layers": [
                {
                  "type": "embedding",
                  "name": "embedding",
                  "vocabulary": 9,
                  "width": 6,
                  "wordDropout": 0
                },
                {
                  "type": "dropout",
                  "name": "dropout",
                  "probability": 0.25,
                  "oneMaskPerSequence": false
                },
                {
                  "type": "lstm",
                  "name": "rnn",
                  "recurrent": {
                    "units": 6,
                    "layers": 2,
                    "dropout": 0.5,
                    "returnSequences": true,
                    "bias": true,
                    "separateBiases": true,
                    "direction": "forward",
                    "merge": "concatenate",
                    "keepsReadingOrder": false,
                    "inputDropout": 0,
                    "recurrentDropout": 0,
                    "weightDropout": 0,
                    "hiddenZoneout": 0,
                    "normalizesSums": false,
                    "epsilon": 1E-05,
                    "activityPenalty": 0,
                    "temporalPenalty": 0
                  },
                  "projection": 0,
                  "peepholes": false,
                  "coupledGates": false,
                  "normalizesCell": false,
                  "cellZoneout": 0,
                  "gateActivation": "sigmoid",
                  "activation": "tanh"
                },
                {
                  "type": "layer_normalization",
                  "name": "layer_normalization",
                  "epsilon": 1E-05
                },
                {
                  "type": "dense",
                  "name": "dense",
                  "units": 9,
                  "bias": true,
                  "tiedTo": "embedding"
                }
              ],
              "hasTime": true
            }
            """));
    }

    [Test]
    public void Parse_WhatToBytesWrote_DescribesTheSameModel()
    {
        var embedding = new Embedding(9, 6);
        var tokens = new Sequential(
            embedding,
            new Dropout(0.25),
            new Lstm(6, layers: 2, dropout: 0.5, returnSequences: true, forgetBias: 0.5),
            new LayerNormalization(1e-3),
            new Dense(9, bias: false, tiedTo: embedding));
        var values = new Sequential(
            new FlowShape(3, Steps: 5),
            new Dropout(0.25) { OneMaskPerSequence = true },
            new Lstm(7, bias: false, returnSequences: true)
            {
                Direction = Direction.Bidirectional,
                Merge = MergeMode.Average,
                MaskedOutput = MaskedOutput.Repeat,
                InputDropout = 0.1,
                RecurrentDropout = 0.2,
                WeightDropout = 0.3,
                HiddenZoneout = 0.1,
                CellZoneout = 0.2,
                NormalizesSums = true,
                NormalizesCell = true,
                Epsilon = 1e-3,
                ActivityPenalty = 2,
                TemporalPenalty = 1,
                Projection = 4,
                Peepholes = true,
                CellClip = 3,
                GateActivation = CellActivation.HardSigmoid,
                Activation = CellActivation.Softsign,
                OutputActivation = CellActivation.Relu,
            },
            new Gru(5, returnSequences: true) { ResetAfter = false, SeparateBiases = false, Activation = CellActivation.Elu },
            new SimpleRnn(4) { Direction = Direction.Backward, Activation = CellActivation.Relu },
            new Dense(1));
        var coupled = new Sequential(
            new Embedding(9, 6) { PaddingId = 0, WordDropout = 0.1 },
            new Lstm(4, returnSequences: true) { CoupledGates = true, Direction = Direction.Backward, KeepsReadingOrder = true });

        var wrapped = new Sequential(
            new FlowShape(3, Steps: 5),
            new Masking(-1),
            new Bidirectional(new Lstm(7, returnSequences: true), MergeMode.Multiply),
            new TimeDistributed(new Dense(4)) { Name = "each" },
            new TimePooling(PoolingMode.Attention),
            new RepeatVector(6),
            new Flatten(),
            new AdaptiveSoftmax(10, [3, 7], divisor: 2, headBias: true));

        foreach (Sequential model in new[] { tokens, values, coupled, wrapped })
        {
            byte[] json = ModelConfig.ToBytes(model);
            Sequential read = ModelConfig.Parse(json, "config.json");

            Assert.That(ModelConfig.ToBytes(read), Is.EqualTo(json));
            Assert.That(read.Summary(), Is.EqualTo(model.Summary()));
        }
    }

    [TestCase("""{ "format": "minilstm-model", "version": 2 }""", "version 2; expected \"minilstm-model\", version 1")]
    [TestCase("""{ "format": "keras", "version": 1 }""", "format \"keras\", version 1; expected")]
    [TestCase("""{ "version": 1 }""", "format")]
    [TestCase("null", "null, expected an object")]
    [TestCase("[]", "byte 1")]
    [TestCase("", "byte 0")]
    [TestCase("""{ "format": "minilstm-model", "version": 1, "inputWidth": 0, "layers": null }""", "Path: $.layers")]
    [TestCase("""{ "format": "minilstm-model", "version": 1, "inputWidth": 0, "layers": [], "extra": 1 }""", "extra")]
    [TestCase("""{ "format": "minilstm-model", "version": 1, "inputWidth": -1, "layers": [{ "type": "dropout", "name": "d", "probability": 0 }] }""", "input width -1")]
    [TestCase("""{ "format": "minilstm-model", "version": 1, "inputWidth": 3, "steps": 0, "layers": [{ "type": "dropout", "name": "d", "probability": 0 }] }""", "0 steps")]
    public void Parse_AnotherDocument_SaysWhatIsWrong(string json, string expected) => CheckRefused(json, expected);

    [TestCase("", "no layers")]
    [TestCase("null", "layer 0 is null")]
    [TestCase("""{ "type": "qrnn", "name": "q", "units": 4 }""", "qrnn")]
    [TestCase("""{ "name": "gru", "units": 4 }""", "discriminator. Path: $.layers[0]")]
    [TestCase("""{ "type": "embedding", "name": "e", "vocabulary": 9, "width": 6, "maskZero": true }""", "maskZero")]
    [TestCase("""{ "type": "embedding", "name": "e", "vocabulary": 9 }""", "width")]
    [TestCase("""{ "type": "embedding", "name": "e", "vocabulary": 0, "width": 6 }""", "vocabulary 0, expected 1 to")]
    [TestCase("""{ "type": "embedding", "name": "e", "vocabulary": 9, "width": 99999999999 }""", "Path: $.layers[0].width")]
    [TestCase("""{ "type": "dropout", "name": "d", "probability": 1.5 }""", "probability 1.5")]
    [TestCase("""{ "type": "dense", "name": "d", "units": 9, "bias": true, "tiedTo": "nobody" }""", "tied to \"nobody\"")]
    [TestCase("""{ "type": "masking", "name": "m", "value": 1e999 }""", "value Infinity, expected a finite number")]
    [TestCase("""{ "type": "time_pooling", "name": "p", "mode": "median" }""", "Path: $.layers[0].mode")]
    [TestCase("""{ "type": "repeat_vector", "name": "r", "count": 0 }""", "count 0, expected 1 to")]
    [TestCase("""{ "type": "time_distributed", "name": "t", "layer": null }""", "layer")]
    [TestCase("""{ "type": "bidirectional", "name": "b", "layer": { "type": "flatten", "name": "f" } }""", "b: the layer inside is not recurrent")]
    [TestCase("""{ "type": "dropout", "name": "", "probability": 0.5 }""", "a layer's name must be")]
    [TestCase("""{ "type": "dropout", "name": "two\nlines", "probability": 0.5 }""", "a layer's name must be")]
    public void Parse_LayerThatCannotBe_SaysWhatIsWrong(string layer, string expected) =>
        CheckRefused($"{Start}{layer}]}}", expected);

    [TestCase(1, "begin the model with an Embedding")]
    [TestCase(2000000000, "layers 2000000000, expected 1 to")]
    public void Parse_LstmThatCannotBe_SaysWhatIsWrong(int layers, string expected)
    {
        string options = """ "units": 4, "dropout": 0, "returnSequences": true, "bias": true """;
        CheckRefused($$"""{{Start}}{ "type": "lstm", "name": "l", "recurrent": { "layers": {{layers}}, {{options}} } }]}""", expected);
    }

    [Test]
    public void Parse_TypeNotFirst_IsRead()
    {
        string json = $$"""{{Start}}{ "name": "e", "vocabulary": 9, "type": "embedding", "width": 6 }]}""";
        Sequential model = ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");

        Assert.That(model.Layers.Single(), Is.InstanceOf<Embedding>());
    }

    private static void CheckRefused(string json, string expected)
    {
        Exception? error = Assert.Catch(() => ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "folder/config.json"));

        Assert.That(error, Is.TypeOf<ModelFileException>());
        Assert.That(error!.Message, Does.StartWith("folder/config.json").And.Contain(expected));
        Assert.That(error.Message, Does.Not.Contain("\n"));
    }
}
