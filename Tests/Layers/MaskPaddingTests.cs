using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Where the padding of a sequence lies, how long it is and what is in it changes no bit on the host, whatever the thread count.</summary>
public sealed class MaskPaddingTests
{
    private const int Width = 7;
    private const int Units = 33;
    private const int Projected = 9;
    private const int Longest = 6;
    private const int Padded = Longest + 5;

    private static readonly int[] _lengths = [6, 1, 0, 3, 5, 2, 6, 4, 1, 0, 6, 3, 2, 5, 4, 6, 1];

    private static readonly Dictionary<string, Func<Layer[]>> _models = new()
    {
        ["lstm"] = () => [new Lstm(Units, returnSequences: true)],
        ["lstm, zero output"] = () => [new Lstm(Units, returnSequences: true) { MaskedOutput = MaskedOutput.Zero }],
        ["lstm, backwards"] = () => [new Lstm(Units, returnSequences: true) { Direction = Direction.Backward }],
        ["lstm, every option"] = () => [EveryOption()],
        ["gru, two bidirectional layers"] = () => [new Gru(Units, layers: 2, returnSequences: true) { Direction = Direction.Bidirectional }],
        ["gru, reset before"] = () => [new Gru(Units, returnSequences: true) { ResetAfter = false, NormalizesSums = true }],
        ["rnn on lstm"] = () => [new Lstm(Units, returnSequences: true), new SimpleRnn(Units, returnSequences: true)],
    };

    private static readonly string[] _names = [.. _models.Keys];

    [TestCaseSource(nameof(_names))]
    public void Forward_AnyPaddingAndThreads_GivesTheSameBits(string name)
    {
        Dictionary<string, double[]> expected = Compute(1, name, RightPadded(Longest), Longest, padding: 0);
        foreach (int threads in new[] { 1, 2, 3 })
        {
            Check(threads, "right", RightPadded(Padded), double.NaN);
            Check(threads, "left", [.. _lengths.Select(length => Steps(Padded - length, length))], double.NaN);
            Check(threads, "holes", [.. _lengths.Select((length, row) => Holes(length, row))], double.PositiveInfinity);
        }

        void Check(int threads, string layout, int[][] steps, double padding)
        {
            Dictionary<string, double[]> actual = Compute(threads, name, steps, Padded, padding);
            Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
            foreach ((string what, double[] values) in expected)
            {
                Assert.That(actual[what], Has.None.NaN, what);
                Assert.That(Bits(actual[what]), Is.EqualTo(Bits(values)), $"{layout}, {threads} threads: {what}");
            }
        }
    }

    private static long[] Bits(double[] values) => Array.ConvertAll(values, BitConverter.DoubleToInt64Bits);

    private static Lstm EveryOption() => new(Units, returnSequences: true)
    {
        Projection = Projected,
        Peepholes = true,
        CellClip = 0.5,
        NormalizesCell = true,
        NormalizesSums = true,
        HiddenZoneout = 0.1,
        CellZoneout = 0.2,
        RecurrentDropout = 0.3,
        WeightDropout = 0.2,
    };

    private static int[][] RightPadded(int steps) => [.. _lengths.Select(length => Steps(0, length))];

    private static int[] Steps(int start, int count) => [.. Enumerable.Range(start, count)];

    // Of every other step and every third, which differ from row to row, the first ones.
    private static int[] Holes(int length, int row) =>
        [.. Enumerable.Range(0, Padded).Where(step => (step + row) % 2 == 0 || step % 3 == 0).Take(length)];

    /// <summary>All that counts: by sequence and counted step, wherever the step stands.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="name">Which model.</param>
    /// <param name="steps">The steps of each sequence that count.</param>
    /// <param name="time">T.</param>
    /// <param name="padding">What stands in the input elsewhere.</param>
    private static Dictionary<string, double[]> Compute(int threads, string name, int[][] steps, int time, double padding)
    {
        using Backend backend = HostBackend.Create(new HostOptions(threads, BackendOptions.Default with { Poison = true }));
        using var model = new Sequential(Width, _models[name]());
        model.Build(backend, seed: 5);
        model.ClearGradients();
        using Tape tape = Tape.ForTraining(backend);
        int batch = steps.Length;
        bool[] counts = new bool[time * batch];
        for (int row = 0; row < batch; row++)
        {
            foreach (int step in steps[row])
                counts[step * batch + row] = true;
        }

        Tensor x = tape.Input([time, batch, Width], Placed(Width, stream: 1, padding), tracked: true);
        (Tensor, Tensor?)[] initial = [.. model.Slots.Select((slot, k) => (State(slot.Features, 2 * k), slot.HasCell ? State(slot.CellUnits, 2 * k + 1) : null))];
        var cursor = new StateCursor(model.Slots, initial);
        Tensor y = model.Forward(tape, new Flow(x, SequenceMask.Of(counts, time, batch)), cursor);

        var results = new Dictionary<string, double[]> { ["outputs"] = Counted(y.ToArray(), y.Shape.Columns) };
        var seeds = new List<(Tensor, View)> { (y, tape.Input(y.Shape, Placed(y.Shape.Columns, stream: 100, padding: 0)).View) };
        foreach ((RecurrentResult result, RecurrentSlot slot) in cursor.Results.Zip(model.Slots))
        {
            results.Add($"last {slot.HiddenName}", result.LastHidden.ToArray());
            seeds.Add((result.LastHidden, State(slot.Features, 50).View));
            if (result.LastCell is not { } lastCell)
                continue;
            results.Add($"last {slot.CellName}", lastCell.ToArray());
            seeds.Add((lastCell, State(slot.CellUnits, 51).View));
        }

        tape.Backward([.. seeds]);
        double[] dx = tape.GradientToArray(x);
        results.Add("gradient of the input", Counted(dx, Width));
        Assert.That(dx.Chunk(Width).Where((_, place) => !counts[place]).SelectMany(row => row), Is.All.EqualTo(0), "gradient of padding");
        for (int k = 0; k < initial.Length; k++)
        {
            results.Add($"gradient of initial hidden state {k}", tape.GradientToArray(initial[k].Item1));
            if (initial[k].Item2 is { } cell)
                results.Add($"gradient of initial cell state {k}", tape.GradientToArray(cell));
        }

        foreach (Parameter parameter in model.Parameters.All)
            results.Add($"gradient of {parameter.Name}", parameter.GradientToArray());
        return results;

        // The same numbers for the k-th counted step of a sequence, wherever it stands.
        double[] Placed(int columns, ulong stream, double padding)
        {
            double[] values = new double[time * batch * columns];
            values.AsSpan().Fill(padding);
            for (int row = 0; row < batch; row++)
            {
                var random = new RandomStream(seed: 9, stream + (ulong)row);
                foreach (int step in steps[row])
                    Fill(values.AsSpan((step * batch + row) * columns, columns), random);
            }

            return values;
        }

        double[] Counted(double[] values, int columns) =>
        [
            .. steps.SelectMany((own, row) => own.SelectMany(step => values[((step * batch + row) * columns)..][..columns])),
        ];

        Tensor State(int columns, int stream)
        {
            double[] values = new double[batch * columns];
            Fill(values, new RandomStream(seed: 8, (ulong)stream));
            return tape.Input([batch, columns], values, tracked: true);
        }
    }

    private static void Fill(Span<double> values, RandomStream random)
    {
        foreach (ref double value in values)
            value = random.NextNormal();
    }
}
