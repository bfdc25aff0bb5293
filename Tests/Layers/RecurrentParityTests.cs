using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>The recurrent layers of PyTorch: outputs, last states and every gradient.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class RecurrentParityTests(TestBackend device) : BackendFixture(device)
{
    private static readonly string[] _cases =
        [.. ParityCase.All.Where(name => name.Split('-')[0] is "lstm" or "gru" or "rnn")];

    [TestCaseSource(nameof(_cases))]
    public void Forward_CasesOfPyTorch_GivesItsOutputsStatesAndGradients(string name)
    {
        ParityCase expected = ParityCase.Load(name);
        bool batchFirst = Option(expected, "batch_first", false);
        using Sequential model = Build(expected);
        using Tape tape = Tape.ForTraining(Backend);

        Tensor x = SequenceOnTape(tape, expected, "input.x", batchFirst);
        Tensor? h0 = Initial(tape, expected, "input.h0");
        Tensor? c0 = Initial(tape, expected, "input.c0");
        (Tensor, Tensor?)[] initial = h0 is null ? [] : [.. model.Slots.Select((_, k) => (h0.At(k), c0?.At(k)))];
        var cursor = new StateCursor(model.Slots, initial);
        Tensor y = model.Forward(tape, new Flow(x, Mask(expected)), cursor);
        double[] lastHidden = [.. cursor.Results.SelectMany(result => result.LastHidden.ToArray())];

        Closeness.CheckOutput(Backend, y.ToArray(), Sequence(expected, "output.y", batchFirst), "y");
        Closeness.CheckOutput(Backend, lastHidden, expected.Values("output.h_n"), "h_n");
        if (expected.Names.Contains("output.c_n"))
        {
            double[] lastCells = [.. cursor.Results.SelectMany(result => result.LastCell!.ToArray())];
            Closeness.CheckOutput(Backend, lastCells, expected.Values("output.c_n"), "c_n");
        }

        tape.Backward([.. Seeds(tape, expected, batchFirst, y, cursor)]);

        Closeness.CheckGradient(Backend, tape.GradientToArray(x), Sequence(expected, "grad.x", batchFirst), "x");
        if (h0 is not null)
            Closeness.CheckGradient(Backend, tape.GradientToArray(h0), expected.Values("grad.h0"), "h0");
        if (c0 is not null)
            Closeness.CheckGradient(Backend, tape.GradientToArray(c0), expected.Values("grad.c0"), "c0");
        string layer = model.Layers[0].Name;
        foreach (Parameter parameter in model.Parameters.All)
        {
            string own = parameter.Name[(layer.Length + 1)..];
            Closeness.CheckGradient(Backend, parameter.GradientToArray(), expected.Values($"grad.{own}"), own);
        }
    }

    [Test]
    public void Forward_LastStepOnly_IsTheLastEntryOfTheSequence()
    {
        ParityCase expected = ParityCase.Load("lstm-no-state");
        using Sequential model = Build(expected, returnSequences: false);
        using Tape tape = Tape.ForInference(Backend);

        Tensor y = model.Forward(tape, OnTape(tape, expected, "input.x")).Logits;

        Closeness.CheckOutput(Backend, y.ToArray(), expected.Values("output.h_n"), "y");
    }

    private Sequential Build(ParityCase expected, bool returnSequences = true)
    {
        int units = Option(expected, "hidden_size", 0);
        int layers = Option(expected, "num_layers", 1);
        bool bias = Option(expected, "bias", true);
        Direction direction = Option(expected, "bidirectional", false) ? Direction.Bidirectional : Direction.Forward;
        bool isRelu = expected.Case.TryGetProperty("nonlinearity", out JsonElement value) && value.GetString() == "relu";
        RecurrentLayer layer = expected.Case.GetProperty("layer").GetString() switch
        {
            "LSTM" => new Lstm(units, layers, returnSequences: returnSequences, bias: bias)
            {
                Direction = direction,
                Projection = Option(expected, "proj_size", 0),
                MaskedOutput = MaskedOutput.Zero,
            },
            "GRU" => new Gru(units, layers, returnSequences: returnSequences, bias: bias)
            {
                Direction = direction,
                MaskedOutput = MaskedOutput.Zero,
            },
            _ => new SimpleRnn(units, layers, returnSequences: returnSequences, bias: bias)
            {
                Direction = direction,
                Activation = isRelu ? CellActivation.Relu : CellActivation.Tanh,
            },
        };
        var model = new Sequential(Option(expected, "input_size", 0), layer);
        model.Build(Backend, seed: 1);
        string[] names = [.. expected.Names.Where(name => name.StartsWith("param.", StringComparison.Ordinal))];
        Assert.That(model.Parameters.All, Has.Count.EqualTo(names.Length));
        foreach (string name in names)
            model.Parameters[$"{layer.Name}.{name["param.".Length..]}"].Set(expected.Values(name));
        return model;
    }

    private static IEnumerable<(Tensor Output, View Seed)> Seeds(
        Tape tape, ParityCase expected, bool batchFirst, Tensor y, StateCursor cursor)
    {
        yield return (y, SequenceOnTape(tape, expected, "input.weighting.y", batchFirst).View);
        Tensor hidden = OnTape(tape, expected, "input.weighting.h_n");
        Tensor? cells = Initial(tape, expected, "input.weighting.c_n");
        for (int k = 0; k < cursor.Results.Count; k++)
        {
            yield return (cursor.Results[k].LastHidden, hidden.At(k).View);
            if (cells is not null)
                yield return (cursor.Results[k].LastCell!, cells.At(k).View);
        }
    }

    private static SequenceMask? Mask(ParityCase expected) => expected.Names.Contains("input.lengths")
        ? SequenceMask.FromLengths(expected.Integers("input.lengths"), expected.Shape("input.x")[0])
        : null;

    private static Tensor? Initial(Tape tape, ParityCase expected, string name) =>
        expected.Names.Contains(name) ? OnTape(tape, expected, name) : null;

    private static Tensor OnTape(Tape tape, ParityCase expected, string name) =>
        tape.Input(new Shape(expected.Shape(name)), expected.Values(name), tracked: true);

    private static Tensor SequenceOnTape(Tape tape, ParityCase expected, string name, bool batchFirst)
    {
        int[] shape = expected.Shape(name);
        Shape timeMajor = batchFirst ? [shape[1], shape[0], shape[2]] : new Shape(shape);
        return tape.Input(timeMajor, Sequence(expected, name, batchFirst), tracked: true);
    }

    /// <summary>A sequence, time-major whatever the case's layout is.</summary>
    private static double[] Sequence(ParityCase expected, string name, bool batchFirst)
    {
        double[] values = expected.Values(name);
        if (!batchFirst)
            return values;

        int[] shape = expected.Shape(name);
        (int batch, int steps, int width) = (shape[0], shape[1], shape[2]);
        double[] timeMajor = new double[values.Length];
        for (int b = 0; b < batch; b++)
        {
            for (int t = 0; t < steps; t++)
                Array.Copy(values, (b * steps + t) * width, timeMajor, (t * batch + b) * width, width);
        }

        return timeMajor;
    }

    private static int Option(ParityCase expected, string name, int otherwise) =>
        expected.Case.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : otherwise;

    private static bool Option(ParityCase expected, string name, bool otherwise) =>
        expected.Case.TryGetProperty(name, out JsonElement value) ? value.GetBoolean() : otherwise;
}
