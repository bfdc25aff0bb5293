using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class LstmParityTests(TestBackend device) : BackendFixture(device)
{
    [TestCase("lstm")]
    [TestCase("lstm-no-state")]
    [TestCase("lstm-no-bias")]
    [TestCase("lstm-batch-first")]
    [TestCase("lstm-2-layers")]
    [TestCase("lstm-3-layers")]
    [TestCase("lstm-odd-sizes")]
    [TestCase("lstm-one-by-one")]
    [TestCase("lstm-wide")]
    public void Forward_CasesOfPyTorch_GivesItsOutputsStatesAndGradients(string name)
    {
        ParityCase expected = ParityCase.Load(name);
        int layers = Option(expected, "num_layers", 1);
        bool batchFirst = Option(expected, "batch_first", false);
        using Sequential model = Build(expected, layers);
        using Tape tape = Tape.ForTraining(Backend);

        Tensor x = SequenceOnTape(tape, expected, "input.x", batchFirst);
        bool hasState = expected.Names.Contains("input.h0");
        Tensor? h0 = hasState ? OnTape(tape, expected, "input.h0") : null;
        Tensor? c0 = hasState ? OnTape(tape, expected, "input.c0") : null;
        IEnumerable<int> stacked = Enumerable.Range(0, hasState ? layers : 0);
        (Tensor, Tensor)[] initial = [.. stacked.Select(k => (h0!.At(k), c0!.At(k)))];
        var cursor = new StateCursor(model.Slots, initial);
        Tensor y = model.Forward(tape, new Flow(x), cursor);
        double[] lastHidden = [.. cursor.Results.SelectMany(result => result.LastHidden.ToArray())];
        double[] lastCells = [.. cursor.Results.SelectMany(result => result.LastCell!.ToArray())];

        double[] expectedOutput = Sequence(expected, "output.y", batchFirst);
        Closeness.CheckOutput(Backend, y.ToArray(), expectedOutput, "y");
        Closeness.CheckOutput(Backend, lastHidden, expected.Values("output.h_n"), "h_n");
        Closeness.CheckOutput(Backend, lastCells, expected.Values("output.c_n"), "c_n");

        Tensor hiddenWeighting = OnTape(tape, expected, "input.weighting.h_n");
        Tensor cellWeighting = OnTape(tape, expected, "input.weighting.c_n");
        var seeds = new List<(Tensor Output, View Seed)>
        {
            (y, SequenceOnTape(tape, expected, "input.weighting.y", batchFirst).View),
        };
        for (int k = 0; k < layers; k++)
        {
            seeds.Add((cursor.Results[k].LastHidden, hiddenWeighting.At(k).View));
            seeds.Add((cursor.Results[k].LastCell!, cellWeighting.At(k).View));
        }

        tape.Backward([.. seeds]);

        Closeness.CheckGradient(Backend, tape.GradientToArray(x), Sequence(expected, "grad.x", batchFirst), "x");
        if (hasState)
        {
            Closeness.CheckGradient(Backend, tape.GradientToArray(h0!), expected.Values("grad.h0"), "h0");
            Closeness.CheckGradient(Backend, tape.GradientToArray(c0!), expected.Values("grad.c0"), "c0");
        }

        foreach (Parameter parameter in model.Parameters.All)
        {
            string own = parameter.Name["lstm.".Length..];
            Closeness.CheckGradient(Backend, parameter.GradientToArray(), expected.Values($"grad.{own}"), own);
        }
    }

    [Test]
    public void Forward_LastStepOnly_IsTheLastEntryOfTheSequence()
    {
        ParityCase expected = ParityCase.Load("lstm-no-state");
        using Sequential model = Build(expected, layers: 1, returnSequences: false);
        using Tape tape = Tape.ForInference(Backend);

        Tensor y = model.Forward(tape, OnTape(tape, expected, "input.x")).Logits;

        Closeness.CheckOutput(Backend, y.ToArray(), expected.Values("output.h_n"), "y");
    }

    private Sequential Build(ParityCase expected, int layers, bool returnSequences = true)
    {
        int units = Option(expected, "hidden_size", 0);
        bool bias = Option(expected, "bias", true);
        var lstm = new Lstm(units, layers, returnSequences: returnSequences, bias: bias);
        var model = new Sequential(Option(expected, "input_size", 0), lstm);
        model.Build(Backend, seed: 1);
        string[] names = [.. expected.Names.Where(name => name.StartsWith("param.", StringComparison.Ordinal))];
        Assert.That(model.Parameters.All, Has.Count.EqualTo(names.Length));
        foreach (string name in names)
            model.Parameters[$"lstm.{name["param.".Length..]}"].Set(expected.Values(name));
        return model;
    }

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
