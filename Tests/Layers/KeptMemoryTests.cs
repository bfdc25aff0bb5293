using System.Globalization;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Holds the table in Model's README, of what a training tape keeps for each position of [T, B], to the pool's statistics.</summary>
public sealed class KeptMemoryTests
{
    private const string Heading = "## What training keeps";
    private const int Batch = 16;
    private const int Vocabulary = 256;
    private const int Inputs = 64;
    private const int Units = 128;
    private const int Projected = 32;

    // Trajectories have one step more; with these lengths all buffers fill their size classes but for the one step, and the difference of the two
    // lengths is that of 32 steps exactly.
    private const int Short = 31;
    private const int Long = 63;

    private static readonly Dictionary<string, int> _sizes = new() { ["I"] = Inputs, ["H"] = Units, ["P"] = Projected, ["V"] = Vocabulary };

    private static readonly Dictionary<string, Func<Layer[]>> _layers = new()
    {
        ["Embedding"] = () => [new Model.Embedding(Vocabulary, Inputs)],
        ["Dense"] = () => [new Dense(Vocabulary)],
        ["Activation"] = () => [new Activation(ActivationFunction.Tanh)],
        ["Dropout"] = () => [new Model.Dropout(0.5)],
        ["LayerNormalization"] = () => [new Model.LayerNormalization()],
        ["Lstm"] = () => [new Lstm(Units, returnSequences: true)],
        ["Lstm, two directions"] = () => [new Lstm(Units, returnSequences: true) { Direction = Direction.Bidirectional }],
        ["Lstm, fed by an Embedding of few tokens"] = () => [new Model.Embedding(Vocabulary, Inputs), new Lstm(Units, returnSequences: true)],
        ["Gru"] = () => [new Gru(Units, returnSequences: true)],
        ["Gru, reset before"] = () => [new Gru(Units, returnSequences: true) { ResetAfter = false }],
        ["SimpleRnn"] = () => [new SimpleRnn(Units, returnSequences: true)],
        ["peepholes"] = () => [new Lstm(Units, returnSequences: true) { Peepholes = true }],
        ["coupled gates"] = () => [new Lstm(Units, returnSequences: true) { CoupledGates = true }],
        ["recurrent dropout"] = () => [new Lstm(Units, returnSequences: true) { RecurrentDropout = 0.25 }],
        ["input dropout"] = () => [new Lstm(Units, returnSequences: true) { InputDropout = 0.25 }],
        ["zoneout"] = () => [new Lstm(Units, returnSequences: true) { HiddenZoneout = 0.1, CellZoneout = 0.1 }],
        ["projection"] = () => [new Lstm(Units, returnSequences: true) { Projection = Projected }],
        ["normalised sums"] = () => [new Lstm(Units, returnSequences: true) { NormalizesSums = true }],
        ["normalised sums and cell"] = () => [new Lstm(Units, returnSequences: true) { NormalizesSums = true, NormalizesCell = true }],
    };

    private static readonly Dictionary<string, Action<Tape, Tensor, IndexTensor>> _losses = new()
    {
        ["loss of whole logits"] = (_, x, targets) => x.CrossEntropy(targets),
        ["loss in chunks"] = (tape, x, targets) =>
            tape.Run(new LinearCrossEntropy(x, Weight(tape, x), null, targets, Reduction.Mean, new(), null, rowsAtATime: 64)),
    };

    private static IEnumerable<TestCaseData> Rows => TableOf(File.ReadAllLines(Path.Combine(Repository.Root, "Model/README.md")))
        .Select(row => new TestCaseData(row.Name, row.Formula).SetArgDisplayNames(row.Name));

    [TestCaseSource(nameof(Rows))]
    public void Readme_Row_IsWhatThePoolCounts(string name, string formula) => Assert.That(Measure(name), Is.EqualTo(ValueOf(formula)));

    [Test]
    public void Readme_Table_HasARowForEachLayerMeasuredHere() =>
        Assert.That(Rows.Select(row => row.Arguments[0]), Is.EquivalentTo(_layers.Keys.Concat(_losses.Keys)));

    private static IEnumerable<(string Name, string Formula)> TableOf(string[] lines) => lines
        .SkipWhile(line => line != Heading)
        .Skip(1)
        .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
        .Where(line => line.StartsWith('|'))
        .Skip(2)
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Select(cells => (cells[1].Replace("`", ""), cells[2]));

    // A sum of products, such as 6 H + P.
    private static double ValueOf(string formula) => formula.Split(" + ").Sum(product => product.Split(' ').Aggregate(
        1.0, (value, factor) => value * (_sizes.TryGetValue(factor, out int size) ? size : int.Parse(factor, CultureInfo.InvariantCulture))));

    private static double Measure(string name) => _layers.TryGetValue(name, out Func<Layer[]>? make)
        ? PerPosition(steps => KeptByLayers(make(), steps))
        : PerPosition(steps => KeptByLoss(_losses[name], steps));

    private static double PerPosition(Func<int, long> kept) => (kept(Long) - kept(Short)) / (double)(sizeof(float) * Batch * (Long - Short));

    // Values come out of a layer, whose memory others may take over.
    private static long KeptByLayers(Layer[] layers, int steps)
    {
        using Backend device = HostBackend.Create(HostOptions.Default with { Threads = 1 });
        Layer[] before = layers[0] is Model.Embedding ? [] : [new Model.Embedding(Vocabulary, Inputs), new Dense(Inputs)];
        using var model = new Sequential([.. before, .. layers]);
        model.Build(device, seed: 1);
        using Tape tape = Tape.ForTraining(device);
        StateCursor cursor = model.Start(tape);
        Flow flow = new(tape.Indices([steps, Batch], new int[steps * Batch]));
        foreach (Layer layer in before)
            flow = layer.Forward(tape, flow, cursor);
        if (before.Length > 0)
            flow = new(flow.Values);
        long live = device.Pool.Statistics.LiveBytes;
        foreach (Layer layer in layers)
            flow = layer.Forward(tape, flow, cursor);
        _ = flow.Values;
        return device.Pool.Statistics.LiveBytes - live;
    }

    private static long KeptByLoss(Action<Tape, Tensor, IndexTensor> loss, int steps)
    {
        using Backend device = HostBackend.Create(HostOptions.Default with { Threads = 1 });
        using Tape tape = Tape.ForTraining(device);
        Tensor x = tape.Input([steps, Batch, Inputs], new double[steps * Batch * Inputs], tracked: true);
        IndexTensor targets = tape.Indices([steps, Batch], new int[steps * Batch]);
        long live = device.Pool.Statistics.LiveBytes;
        loss(tape, x, targets);
        return device.Pool.Statistics.LiveBytes - live;
    }

    private static Tensor Weight(Tape tape, Tensor x) =>
        tape.Input([Vocabulary, x.Shape.Columns], new double[Vocabulary * x.Shape.Columns], tracked: true);
}
