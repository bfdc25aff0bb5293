using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class OperationParityTests(TestBackend device) : BackendFixture(device)
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> _maps = new()
    {
        ["op-tanh"] = x => x.Tanh(),
        ["op-sigmoid"] = x => x.Sigmoid(),
        ["op-relu"] = x => x.Relu(),
        ["op-exp"] = x => x.Exp(),
        ["softmax"] = x => x.Softmax(),
        ["log-softmax"] = x => x.LogSoftmax(),
    };

    [TestCaseSource(nameof(MapNames))]
    public void Forward_MapsOfPyTorch_GivesItsOutputAndGradient(string name)
    {
        ParityCase expected = ParityCase.Load(name);
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = OnTape(tape, expected, "input.x");

        CheckOutputAndInput(tape, expected, _maps[name](x), x, "x");
    }

    [Test]
    public void Dense_LinearOfPyTorch_GivesItsOutputAndGradients() =>
        CheckLayer("linear", width: 7, new Dense(5));

    [Test]
    public void LayerNormalization_LayerNormOfPyTorch_GivesItsOutputAndGradients() =>
        CheckLayer("layer-norm", width: 6, new Model.LayerNormalization());

    [Test]
    public void Embedding_PaddingOfPyTorch_GivesItsOutputAndGradient()
    {
        ParityCase expected = ParityCase.Load("embedding-padding");
        using Tape tape = Tape.ForTraining(Backend);
        Tensor table = OnTape(tape, expected, "param.weight");
        IndexTensor ids = tape.Indices(new Shape(expected.Shape("input.ids")), expected.Integers("input.ids"));

        CheckOutputAndInput(tape, expected, table.Embedding(ids, paddingId: 0), table, "weight");
    }

    [TestCase("cross-entropy-mean", Reduction.Mean)]
    [TestCase("cross-entropy-sum", Reduction.Sum)]
    [TestCase("cross-entropy-none", Reduction.None)]
    [TestCase("cross-entropy-extreme", Reduction.None)]
    [TestCase("cross-entropy-smoothing", Reduction.Mean)]
    [TestCase("cross-entropy-weighted", Reduction.Mean)]
    public void CrossEntropy_CasesOfPyTorch_GivesItsLossAndGradient(string name, Reduction reduction)
    {
        ParityCase expected = ParityCase.Load(name);
        using Tape tape = Tape.ForTraining(Backend);
        Tensor logits = OnTape(tape, expected, "input.logits");
        Shape rows = new(expected.Shape("input.targets"));
        IndexTensor targets = tape.Indices(rows, expected.Integers("input.targets"));
        Tensor? weights = expected.Names.Contains("input.class_weights")
            ? tape.Input(new Shape(expected.Shape("input.class_weights")), expected.Values("input.class_weights"))
            : null;
        double smoothing = name == "cross-entropy-smoothing" ? 0.1 : 0;

        Tensor losses = logits.CrossEntropy(targets, reduction, new(Smoothing: smoothing), weights);

        CheckOutputAndInput(tape, expected, losses, logits, "logits");
    }

    [Test]
    public void BinaryCrossEntropy_CaseOfPyTorch_GivesItsLossAndGradient()
    {
        ParityCase expected = ParityCase.Load("bce-with-logits");
        using Tape tape = Tape.ForTraining(Backend);
        Tensor logits = OnTape(tape, expected, "input.logits");
        Tensor labels = tape.Input(logits.Shape, expected.Values("input.labels"));

        CheckOutputAndInput(tape, expected, logits.BinaryCrossEntropy(labels), logits, "logits");
    }

    [Test]
    public void SquaredError_CaseOfPyTorch_GivesItsLossAndGradient()
    {
        ParityCase expected = ParityCase.Load("mse");
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = OnTape(tape, expected, "input.x");
        Tensor target = tape.Input(x.Shape, expected.Values("input.target"));

        CheckOutputAndInput(tape, expected, x.SquaredError(target), x, "x");
    }

    private static string[] MapNames() => [.. _maps.Keys];

    private static Tensor OnTape(Tape tape, ParityCase expected, string name) =>
        tape.Input(new Shape(expected.Shape(name)), expected.Values(name), tracked: true);

    private void CheckLayer(string name, int width, Layer layer)
    {
        ParityCase expected = ParityCase.Load(name);
        using var model = new Sequential(width, layer);
        model.Build(Backend, seed: 1);
        string prefix = $"{layer.Name}.";
        foreach (Parameter parameter in model.Parameters.All)
            parameter.Set(expected.Values($"param.{parameter.Name[prefix.Length..]}"));
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = OnTape(tape, expected, "input.x");

        CheckOutputAndInput(tape, expected, model.Forward(tape, x).Logits, x, "x");

        foreach (Parameter parameter in model.Parameters.All)
        {
            string own = parameter.Name[prefix.Length..];
            Closeness.CheckGradient(Backend, parameter.GradientToArray(), expected.Values($"grad.{own}"), own);
        }
    }

    private void CheckOutputAndInput(Tape tape, ParityCase expected, Tensor y, Tensor input, string inputName)
    {
        Closeness.CheckOutput(Backend, y.ToArray(), expected.Values("output.y"), "y");

        if (expected.Names.Contains("input.weighting"))
            tape.Backward((y, OnTape(tape, expected, "input.weighting").View));
        else
            tape.Backward(y);

        double[] gradient = expected.Values($"grad.{inputName}");
        Closeness.CheckGradient(Backend, tape.GradientToArray(input), gradient, inputName);
    }
}
