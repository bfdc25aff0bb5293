using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using Dropout = MiniLstm.Model.Dropout;
using Embedding = MiniLstm.Model.Embedding;
using LayerNormalization = MiniLstm.Model.LayerNormalization;

namespace MiniLstm.Tests;

public sealed class SequentialTests
{
    [Test]
    public void Layers_WithoutNames_AreNamedAfterTheirKind()
    {
        var model = new Sequential(
            new Embedding(5, 4),
            new Lstm(4, returnSequences: true),
            new Dropout(0.1),
            new Lstm(4, returnSequences: true),
            new LayerNormalization(),
            new Dense(4) { Name = "hidden" },
            new Dense(5));

        Assert.That(
            model.Layers.Select(layer => layer.Name),
            Is.EqualTo(new[] { "embedding", "lstm", "dropout", "lstm_1", "layer_normalization", "hidden", "dense_1" }));
    }

    [Test]
    public void Parameters_OfAllLayers_HaveTheNamesAndShapesOfPyTorch()
    {
        using var backend = new ReferenceBackend();
        using var model = new Sequential(
            new Embedding(9, 6),
            new Lstm(5, layers: 2, returnSequences: true),
            new LayerNormalization { Name = "norm" },
            new Dense(9));
        model.Build(backend, seed: 1);

        Assert.That(
            model.Parameters.All.Select(parameter => $"{parameter.Name} {parameter.Shape}"),
            Is.EqualTo(new[]
            {
                "embedding.weight [9, 6]",
                "lstm.weight_ih_l0 [20, 6]",
                "lstm.weight_hh_l0 [20, 5]",
                "lstm.bias_ih_l0 [20]",
                "lstm.bias_hh_l0 [20]",
                "lstm.weight_ih_l1 [20, 5]",
                "lstm.weight_hh_l1 [20, 5]",
                "lstm.bias_ih_l1 [20]",
                "lstm.bias_hh_l1 [20]",
                "norm.weight [5]",
                "norm.bias [5]",
                "dense.weight [9, 5]",
                "dense.bias [9]",
            }));
    }

    [Test]
    public void Constructor_TwoLayersOfOneName_NamesIt() => Assert.That(
        () => new Sequential(new Embedding(5, 4), new Dense(5) { Name = "head" }, new Dense(5) { Name = "head" }),
        Throws.ArgumentException.With.Message.EqualTo("Sequential: two layers are named head"));

    [Test]
    public void Constructor_LayerOfAnotherModel_IsRefused()
    {
        var dense = new Dense(5);
        _ = new Sequential(3, dense);

        Assert.That(
            () => new Sequential(3, dense),
            Throws.ArgumentException.With.Message.EqualTo("Sequential: the layer dense belongs to a model already"));
        Assert.That(() => new Sequential(), Throws.ArgumentException.With.Message.Contains("no layers"));
    }

    [Test]
    public void Constructor_LayersThatDoNotFit_SayWhichAndWhatHelps()
    {
        Assert.That(
            () => new Sequential(new Lstm(4)),
            Throws.TypeOf<ShapeException>().With.Message.StartsWith(
                "lstm: takes values, but tokens flow in; begin the model with an Embedding"));
        Assert.That(
            () => new Sequential(3, new Embedding(5, 4)),
            Throws.TypeOf<ShapeException>().With.Message.StartsWith(
                "embedding: takes tokens, but values [time, batch, 3] flow in"));
        Assert.That(
            () => new Sequential(3, new Lstm(4), new Lstm(4)),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo(
                "lstm_1: takes sequences [time, batch, features], but [batch, 4] flows in; " +
                "the layer before needs returnSequences: true"));
    }

    [Test]
    public void Constructor_TiedDenseThatDoesNotFit_NamesBothSizes()
    {
        Assert.That(
            () => new Dense(6, tiedTo: new Embedding(5, 4)),
            Throws.ArgumentException.With.Message.StartsWith("Dense: 6 units tied to an embedding of 5 tokens"));

        var embedding = new Embedding(5, 4);
        Assert.That(
            () => new Sequential(embedding, new Lstm(8, returnSequences: true), new Dense(5, tiedTo: embedding)),
            Throws.TypeOf<ShapeException>().With.Message.StartsWith(
                "dense: tied to embedding, whose rows have 4 elements, but [time, batch, 8] flows in"));
        Assert.That(
            () => new Sequential(new Embedding(5, 4), new Dense(5, tiedTo: new Embedding(5, 4))),
            Throws.TypeOf<ShapeException>().With.Message.Contains("not part of the model"));
    }

    [Test]
    public void Parameters_NotBuilt_SaysWhatToCall()
    {
        var model = new Sequential(3, new Dense(5));

        Assert.That(() => model.Parameters, Throws.InvalidOperationException.With.Message.Contains("call Build"));
        Assert.That(() => model.NewState(1), Throws.InvalidOperationException.With.Message.Contains("call Build"));
    }

    [Test]
    public void Forward_NotBuilt_NamesTheLayer()
    {
        using var backend = new ReferenceBackend();
        using Tape tape = Tape.ForInference(backend);
        Tensor x = tape.Input([1, 3], [1, 2, 3]);
        var model = new Sequential(3, new Dense(5));

        Assert.That(
            () => model.Forward(tape, x),
            Throws.InvalidOperationException.With.Message.EqualTo("dense: used before Build gave it its parameters"));
    }

    [Test]
    public void Build_Twice_IsRefused()
    {
        using var backend = new ReferenceBackend();
        using var model = new Sequential(3, new Dense(5));
        model.Build(backend, seed: 1);

        Assert.That(
            () => model.Build(backend, seed: 1),
            Throws.InvalidOperationException.With.Message.Contains("built before"));
    }

    [Test]
    public void Build_LayerFails_ReturnsTheMemoryAndCanBeTriedAgain()
    {
        using var first = new ReferenceBackend();
        using var second = new ReferenceBackend();
        using var model = new Sequential(3, new Lstm(4), new FailsOnce());
        Assert.That(() => model.Build(first, seed: 1), Throws.InvalidOperationException.With.Message.EqualTo("once"));
        Assert.That(first.Pool.Outstanding, Is.Empty);

        model.Build(second, seed: 1);
        using var expected = new Sequential(3, new Lstm(4));
        expected.Build(second, seed: 1);
        using Tape tape = Tape.ForTraining(second);
        Tensor x = tape.Input([1, 1, 3], [1, 2, 3]);
        Tensor y = model.Forward(tape, x).Logits;
        Assert.That(y.ToArray(), Is.EqualTo(expected.Forward(tape, x).Logits.ToArray()));

        tape.Backward(y.Sum());
        Assert.That(
            model.Parameters["lstm.weight_ih_l0"].GradientToArray(),
            Has.Some.Not.Zero,
            "the layer computes with the parameters of the second build");
    }

    [Test]
    public void Constructors_NumbersOutsideTheirRange_AreRefused()
    {
        Assert.That(() => new Embedding(0, 4), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Embedding(5, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new Lstm(-1),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith("units -1, expected 1 to"));
        Assert.That(() => new Lstm(int.MaxValue), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Lstm(4, layers: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Lstm(4, forgetBias: double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Dropout(1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Dropout(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new LayerNormalization(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Sequential(-1, new Dense(5)), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Summary_CharacterModel_CountsAsPyTorchAndSaysWhenTheStateIsReset()
    {
        var model = new Sequential(
            new Embedding(65, 128), new Lstm(128, returnSequences: true), new Dropout(0.1), new Dense(65));

        Assert.That(model.Summary(), Is.EqualTo(
            """
            Layer (type)           Output shape        Parameters
            -----------------------------------------------------
            embedding (Embedding)  [time, batch, 128]       8,320
            lstm (Lstm)            [time, batch, 128]     132,096
            dropout (Dropout)      [time, batch, 128]           0
            dense (Dense)          [time, batch, 65]        8,385
            -----------------------------------------------------
            Parameters: 148,801 (595,204 bytes in float32)
            State: 256 values for each row of a batch (lstm.h_l0, lstm.c_l0)
                   zero at the start of an epoch, of a document and of a generated text;
                   in between carried over, without gradients

            """));
    }

    [Test]
    public void Summary_TiedModel_CountsTheTableOnce()
    {
        var embedding = new Embedding(65, 128);
        var model = new Sequential(embedding, new Lstm(128, returnSequences: true), new Dense(65, tiedTo: embedding));

        Assert.That(model.Summary(), Does.Match(@"dense \(Dense\) +\[time, batch, 65\] +65\n"));
        Assert.That(model.Summary(), Does.Contain("Parameters: 140,481 "));
    }

    /// <summary>Passes everything through; its first Bind fails.</summary>
    private sealed class FailsOnce : Layer
    {
        private bool _hasFailed;

        public override string Kind => "fails_once";

        public override FlowShape Plan(ModelPlan plan, FlowShape input) => input;

        public override void Bind(ParameterStore parameters, NamedStreams streams)
        {
            if (_hasFailed)
                return;
            _hasFailed = true;
            throw new InvalidOperationException("once");
        }

        public override Flow Forward(Tape tape, Flow x, StateCursor cursor) => x;
    }
}
