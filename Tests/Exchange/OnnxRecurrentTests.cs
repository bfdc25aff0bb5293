using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;
using Tensor = MiniLstm.Engine.Tensor;

namespace MiniLstm.Tests;

/// <summary>Every option of a recurrent layer that ONNX has, in all combinations: the same numbers in ONNX
/// Runtime.</summary>
public sealed class OnnxRecurrentTests
{
    private const double Bound = 1e-5;
    private const float Small = 0.3f;
    private const int Width = 3;
    private const int Steps = 5;
    private const int Batch = 4;

    private static readonly int[] _lengths = [2, 5, 1, 4];

    private static readonly CellActivation[] _activations =
    [
        CellActivation.Sigmoid, CellActivation.Tanh, CellActivation.Relu, CellActivation.Linear, CellActivation.HardSigmoid,
        CellActivation.HardSigmoidKeras2, CellActivation.Softsign, CellActivation.Softplus, CellActivation.Elu,
    ];

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

    private static IEnumerable<RecurrentCase> Cells()
    {
        foreach (bool peepholes in (bool[])[false, true])
        {
            foreach (bool coupled in (bool[])[false, true])
            {
                yield return new($"LSTM, peepholes {peepholes}, coupled {coupled}", (layers, sequences, bias, options) => new Lstm(4, layers, returnSequences: sequences, bias: bias)
                {
                    Peepholes = peepholes,
                    CoupledGates = coupled,
                    Direction = options.Direction,
                    Merge = options.Merge,
                    SeparateBiases = options.SeparateBiases,
                    KeepsReadingOrder = options.KeepsReadingOrder,
                    MaskedOutput = options.MaskedOutput,
                });
            }
        }

        foreach (bool resetAfter in (bool[])[false, true])
        {
            yield return new($"GRU, reset after {resetAfter}", (layers, sequences, bias, options) => new Gru(4, layers, returnSequences: sequences, bias: bias)
            {
                ResetAfter = resetAfter,
                Direction = options.Direction,
                Merge = options.Merge,
                SeparateBiases = options.SeparateBiases,
                KeepsReadingOrder = options.KeepsReadingOrder,
                MaskedOutput = options.MaskedOutput,
            });
        }

        yield return new("RNN", (layers, sequences, bias, options) => new SimpleRnn(4, layers, returnSequences: sequences, bias: bias)
        {
            Direction = options.Direction,
            Merge = options.Merge,
            SeparateBiases = options.SeparateBiases,
            KeepsReadingOrder = options.KeepsReadingOrder,
            MaskedOutput = options.MaskedOutput,
        });
    }

    [Test]
    public void Save_AnyCellAndOptions_ComputesTheSameInOnnxRuntime(
        [ValueSource(nameof(Cells))] RecurrentCase cell, [Values(1, 2)] int layers, [Values] bool sequences, [Values] Direction direction)
    {
        MergeMode[] merges = direction == Direction.Bidirectional ? Enum.GetValues<MergeMode>() : [MergeMode.Concatenate];
        foreach (MergeMode merge in merges)
        {
            foreach ((bool bias, bool separate) in (ReadOnlySpan<(bool, bool)>)[(true, true), (true, false), (false, true)])
            {
                var options = new RecurrentOptions(direction, merge, separate);
                foreach (OnnxOptions onnx in (ReadOnlySpan<OnnxOptions>)[new(), new(BatchFirst: true, States: false), new(Lengths: true)])
                    Check(onnx, cell.Make(layers, sequences, bias, options));
            }
        }
    }

    [Test]
    public void Save_BackwardInReadingOrder_ComputesTheSame([Values] bool lengths)
    {
        var options = new RecurrentOptions(Direction.Backward, MergeMode.Concatenate, true, KeepsReadingOrder: true);
        foreach (RecurrentCase cell in Cells())
            Check(new OnnxOptions(Lengths: lengths), cell.Make(1, true, true, options));
    }

    [Test]
    public void Save_ZeroAfterTheEnd_ComputesTheSame([Values] Direction direction)
    {
        var options = new RecurrentOptions(direction, MergeMode.Sum, true, MaskedOutput: MaskedOutput.Zero);
        foreach (RecurrentCase cell in Cells())
            Check(new OnnxOptions(Lengths: true), cell.Make(2, true, true, options));
    }

    [Test]
    public void Save_AnyActivation_ComputesTheSame(
        [ValueSource(nameof(_activations))] CellActivation gates, [ValueSource(nameof(_activations))] CellActivation candidate)
    {
        // Small weights: without bounds, large ones overflow within a few steps.
        Check(new(), new Lstm(4, returnSequences: true) { GateActivation = gates, Activation = candidate, OutputActivation = gates, Direction = Direction.Bidirectional }, Small);
        Check(new(), new Gru(4, returnSequences: true) { GateActivation = gates, Activation = candidate }, Small);
        Check(new(), new SimpleRnn(4, returnSequences: true) { Activation = candidate }, Small);
    }

    [TestCaseSource(nameof(Refused))]
    public void Save_OptionThatOnnxDoesNotHave_IsNamed(Layer layer, string message, OnnxOptions options)
    {
        using var model = new Sequential(Width, layer, new Dense(1));
        model.Build(_device, seed: 1);

        Assert.That(() => OnnxExport.Save(_folder["model.onnx"], model, options), Throws.TypeOf<NotSupportedException>().With.Message.Contains(message));
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        OnnxOptions none = new();
        yield return Case("a projection", new Lstm(4) { Projection = 2 }, none);
        yield return Case("a limit of the cell state: ONNX's clip limits the sums of the gates", new Lstm(4) { CellClip = 1 }, none);
        yield return Case("layer normalisation of the cell state", new Lstm(4) { NormalizesCell = true }, none);
        yield return Case("layer normalisation of the gates", new Gru(4) { NormalizesSums = true }, none);
        yield return Case("zoneout", new Lstm(4) { CellZoneout = 0.1 }, none);
        yield return Case("zoneout", new SimpleRnn(4) { HiddenZoneout = 0.1 }, none);
        yield return Case("no activation Selu", new Gru(4) { Activation = CellActivation.Selu }, none);
        yield return Case("no activation Exponential", new Lstm(4) { GateActivation = CellActivation.Exponential }, none);
        yield return Case("both directions that repeat", new Gru(4, returnSequences: true) { Direction = Direction.Bidirectional, MaskedOutput = MaskedOutput.Repeat }, new(Lengths: true));
        yield return Case("with lengths, pooling over time", new TimePooling(PoolingMode.Mean), new(Lengths: true));
        yield return Case("attention over time", new TimePooling(PoolingMode.Attention), none);
        yield return Case("layer of type Masking", new Masking(), none);

        static TestCaseData Case(string message, Layer layer, OnnxOptions options) =>
            new(layer, message, options) { TestName = $"Save_OptionThatOnnxDoesNotHave_IsNamed({layer.Kind}: {message})" };
    }

    private void Check(OnnxOptions options, Layer layer, float scale = 1)
    {
        using var model = new Sequential(Width, layer);
        model.Build(_device, seed: 3);
        foreach (Parameter parameter in model.Parameters.All)
            parameter.Set(System.Array.ConvertAll(Values((int)parameter.Shape.Count), value => value * scale));
        string path = _folder["model.onnx"];
        OnnxExport.Save(path, model, options);
        using Tape tape = Tape.ForInference(_device);
        float[] x = Values(Steps * Batch * Width);
        using RecurrentState initial = model.NewState(Batch);
        foreach ((_, View view) in initial.Tensors)
            _device.Upload(view, options.States ? Values((int)view.Count) : new float[view.Count]);

        SequenceMask? mask = options.Lengths ? SequenceMask.FromLengths(_lengths, Steps) : null;
        var flow = new Flow(tape.Input([Steps, Batch, Width], Array.ConvertAll(x, v => (double)v)), mask);
        (Tensor expected, StateCursor next) = model.Forward(tape, flow, initial);

        using var there = new InferenceSession(path);
        using var results = there.Run(Inputs(options, x, initial));
        double[] actual = [.. results[0].AsTensor<float>().Select(v => (double)v)];
        if (options.BatchFirst && expected.Shape.Rank == 3)
            actual = Swapped(actual, Batch, Steps);
        string what = $"{layer.Kind}, {options}";
        CheckClose(actual, expected.ToArray(), what);
        string[] names = [.. initial.Tensors.Select(state => $"{state.Name}.next")];
        Assert.That(results.Skip(1).Select(result => result.Name), Is.EquivalentTo(options.States ? names : []));
        foreach ((RecurrentSlot slot, int k) in model.Slots.Select((slot, k) => (slot, k)))
        {
            if (!options.States)
                break;
            CheckClose(Values(results, $"{slot.HiddenName}.next"), next.Results[k].LastHidden.ToArray(), what);
            if (next.Results[k].LastCell is { } cells)
                CheckClose(Values(results, $"{slot.CellName}.next"), cells.ToArray(), what);
        }
    }

    // Some activations have no bound.
    private static void CheckClose(double[] actual, double[] expected, string what) =>
        Assert.That(actual, Is.EqualTo(expected).Within(Bound * Math.Max(1, expected.Max(Math.Abs))), what);

    private List<NamedOnnxValue> Inputs(OnnxOptions options, float[] x, RecurrentState initial)
    {
        double[] turned = options.BatchFirst ? Swapped(Array.ConvertAll(x, v => (double)v), Steps, Batch) : Array.ConvertAll(x, v => (double)v);
        int[] shape = options.BatchFirst ? [Batch, Steps, Width] : [Steps, Batch, Width];
        List<NamedOnnxValue> inputs =
        [
            NamedOnnxValue.CreateFromTensor("values", new DenseTensor<float>(Array.ConvertAll(turned, v => (float)v), shape)),
        ];
        if (options.Lengths)
            inputs.Add(NamedOnnxValue.CreateFromTensor("lengths", new DenseTensor<int>(_lengths, [Batch])));
        foreach ((string name, View view) in initial.Tensors)
        {
            if (!options.States)
                break;
            float[] values = new float[view.Count];
            _device.Download(view, values);
            inputs.Add(NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(values, [view.Shape[0], view.Shape[1]])));
        }

        return inputs;
    }

    private static double[] Values(IEnumerable<DisposableNamedOnnxValue> results, string name) =>
        [.. results.Single(result => result.Name == name).AsTensor<float>().Select(v => (double)v)];

    private static double[] Swapped(double[] values, int first, int second)
    {
        int width = values.Length / first / second;
        double[] swapped = new double[values.Length];
        for (int row = 0; row < first * second; row++)
            values.AsSpan(row * width, width).CopyTo(swapped.AsSpan((row % second * first + row / second) * width));
        return swapped;
    }

    // Irregular, and different from gate to gate, so that no exchange of rows goes unnoticed.
    private static float[] Values(int count) => [.. Enumerable.Range(0, count).Select(k => MathF.Sin(k * 1.7f + 0.3f) * (0.4f + 0.1f * (k % 5)))];

    public sealed record RecurrentOptions(
        Direction Direction, MergeMode Merge, bool SeparateBiases, bool KeepsReadingOrder = false, MaskedOutput? MaskedOutput = null);

    public sealed record RecurrentCase(string Name, Func<int, bool, bool, RecurrentOptions, Layer> Make)
    {
        public override string ToString() => Name;
    }
}
