using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>What recurrent layers make of sequences of which only some steps count.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class MaskTests(TestBackend device) : BackendFixture(device)
{
    private const int Steps = 6;
    private const int Batch = 5;
    private const int Width = 3;
    private const int Units = 4;
    private const double Bound = 1e-6;

    private static readonly int[] _lengths = [6, 2, 0, 4, 1];

    private static readonly Dictionary<string, Func<RecurrentLayer>> _layers = new()
    {
        ["lstm"] = () => new Lstm(Units, returnSequences: true),
        ["lstm, bidirectional"] = () => new Lstm(Units, returnSequences: true) { Direction = Direction.Bidirectional },
        ["lstm, backwards"] = () => new Lstm(Units, returnSequences: true) { Direction = Direction.Backward },
        ["gru, two bidirectional layers"] = () => new Gru(Units, layers: 2, returnSequences: true) { Direction = Direction.Bidirectional },
        ["gru, reset before"] = () => new Gru(Units, layers: 2, returnSequences: true) { ResetAfter = false },
        ["rnn"] = () => new SimpleRnn(Units, returnSequences: true),
    };

    private static readonly string[] _names = [.. _layers.Keys];

    [TestCaseSource(nameof(_names))]
    public void Forward_Lengths_EachSequenceIsAsAlone(string name)
    {
        using Sequential model = Built(_layers[name]());
        double[] x = Normal(Steps * Batch * Width);
        (double[] outputs, double[][] last) = Run(model, x, Steps, Batch, SequenceMask.FromLengths(_lengths, Steps));
        int columns = model.Output.Width;
        for (int row = 0; row < Batch; row++)
        {
            int length = _lengths[row];
            if (length == 0)
            {
                Assert.That(last.Select(state => state[(row * Units)..][..Units]), Is.All.All.EqualTo(0));
                continue;
            }

            double[] own = [.. Enumerable.Range(0, length).SelectMany(step => x[((step * Batch + row) * Width)..][..Width])];
            (double[] ownOutputs, double[][] ownLast) = Run(model, own, length, 1, mask: null);
            double[] counted = [.. Enumerable.Range(0, length).SelectMany(step => outputs[((step * Batch + row) * columns)..][..columns])];

            Assert.That(counted, Is.EqualTo(ownOutputs).Within(Bound), $"sequence {row}");
            for (int k = 0; k < last.Length; k++)
                Assert.That(last[k][(row * Units)..][..Units], Is.EqualTo(ownLast[k]).Within(Bound), $"sequence {row}, state {k}");
        }
    }

    [TestCase(MaskedOutput.Repeat)]
    [TestCase(MaskedOutput.Zero)]
    public void Forward_NothingCounts_KeepsTheInitialStateAndPassesItsGradient(MaskedOutput atMasked)
    {
        using Sequential model = Built(new Lstm(Units, returnSequences: true) { MaskedOutput = atMasked });
        model.ClearGradients();
        using Tape tape = Tape.ForTraining(Backend);
        double[] h = Normal(Batch * Units);
        Tensor h0 = tape.Input([Batch, Units], h, tracked: true);
        Tensor c0 = tape.Input([Batch, Units], Normal(Batch * Units), tracked: true);
        Tensor x = tape.Input([Steps, Batch, Width], Repeated(double.NaN, Steps * Batch * Width), tracked: true);
        var cursor = new StateCursor(model.Slots, [(h0, c0)]);

        Tensor y = model.Forward(tape, new Flow(x, SequenceMask.FromLengths(new int[Batch], Steps)), cursor);
        tape.Backward((y, tape.Filled(y.Shape, 1).View), (cursor.Results[0].LastCell!, tape.Filled([Batch, Units], 2).View));

        bool repeats = atMasked == MaskedOutput.Repeat;
        Assert.That(y.ToArray().Chunk(Batch * Units), Is.All.EqualTo(repeats ? tape.Input([Batch, Units], h).ToArray() : new double[Batch * Units]));
        Assert.That(cursor.Results[0].LastHidden.ToArray(), Is.EqualTo(h0.ToArray()));
        Assert.That(cursor.Results[0].LastCell!.ToArray(), Is.EqualTo(c0.ToArray()));
        Assert.That(tape.GradientToArray(h0), Is.All.EqualTo(repeats ? Steps : 0));
        Assert.That(tape.GradientToArray(c0), Is.All.EqualTo(2));
        Assert.That(tape.GradientToArray(x), Is.All.EqualTo(0));
        foreach (Parameter parameter in model.Parameters.All)
            Assert.That(parameter.GradientToArray(), Is.All.EqualTo(0), parameter.Name);
    }

    [Test]
    public void Forward_StepsThatDoNotCount_RepeatTheStateOrAreZero()
    {
        bool[] counts = [false, false, true, false, true, false];
        double[] x = Normal(Steps * Width);
        SequenceMask mask = SequenceMask.Of(counts, Steps, 1);
        double[] h = Normal(Units);

        double[][] repeated = OneSequence(MaskedOutput.Repeat);
        double[][] zero = OneSequence(MaskedOutput.Zero);

        Assert.That(repeated[0], Is.EqualTo(h).Within(Bound), "the initial state, before the first step that counts");
        Assert.That(repeated[1], Is.EqualTo(repeated[0]));
        Assert.That(repeated[3], Is.EqualTo(repeated[2]));
        Assert.That(repeated[5], Is.EqualTo(repeated[4]));
        Assert.That(repeated[4], Is.Not.EqualTo(repeated[2]));
        for (int step = 0; step < Steps; step++)
            Assert.That(zero[step], counts[step] ? Is.EqualTo(repeated[step]) : Is.All.EqualTo(0), $"step {step}");

        double[][] OneSequence(MaskedOutput atMasked)
        {
            using Sequential model = Built(new Gru(Units, returnSequences: true) { MaskedOutput = atMasked });
            using Tape tape = Tape.ForInference(Backend);
            var cursor = new StateCursor(model.Slots, [(tape.Input([1, Units], h), null)]);
            Tensor y = model.Forward(tape, new Flow(tape.Input([Steps, 1, Width], x), mask), cursor);
            return [.. y.ToArray().Chunk(Units)];
        }
    }

    [Test]
    public void KeepFrom_TwoMaskedBatches_GiveWhatOneLongOneGives()
    {
        using Sequential model = Built(new Lstm(Units, layers: 2, returnSequences: true));
        bool[] counts = [.. Enumerable.Range(0, 2 * Steps * Batch).Select(k => k * 7 % 5 is not 1 && k % Batch != 2)];
        double[] x = Normal(2 * Steps * Batch * Width);
        int half = Steps * Batch;

        (double[] whole, double[][] last) = Run(model, x, 2 * Steps, Batch, SequenceMask.Of(counts, 2 * Steps, Batch));
        using RecurrentState state = model.NewState(Batch);
        double[] first = Carried(state, x[..(half * Width)], counts[..half]);
        double[] second = Carried(state, x[(half * Width)..], counts[half..]);

        Assert.That(first.Concat(second), Is.EqualTo(whole).Within(Bound));
        Assert.That(state.Tensors, Has.Count.EqualTo(last.Length));
        for (int k = 0; k < last.Length; k++)
            Assert.That(Values(state.Tensors[k].View), Is.EqualTo(last[k]).Within(Bound), state.Tensors[k].Name);

        double[] Carried(RecurrentState carried, double[] own, bool[] ownCounts)
        {
            using Tape tape = Tape.ForInference(Backend);
            var flow = new Flow(tape.Input([Steps, Batch, Width], own), SequenceMask.Of(ownCounts, Steps, Batch));
            (Tensor y, StateCursor next) = model.Forward(tape, flow, carried);
            carried.KeepFrom(next);
            return y.ToArray();
        }
    }

    [TestCase(Direction.Forward)]
    [TestCase(Direction.Backward)]
    public void Penalties_PaddingAndHoles_ChangeNothing(Direction direction)
    {
        double[] x = Normal(3 * Width);
        using Sequential model = Built(new Lstm(Units) { Direction = direction, ActivityPenalty = 2, TemporalPenalty = 3 });
        double[] alone = Penalties([0, 1, 2], null);
        double[] padded = Penalties([2, 3, 5], SequenceMask.Of([false, false, true, true, false, true], Steps, 1));

        Assert.That(alone, Has.Length.EqualTo(2).And.All.GreaterThan(0));
        Assert.That(padded, Is.EqualTo(alone).Within(Bound));
        Assert.That(Penalties([], SequenceMask.FromLengths([0], Steps)), Is.Empty);

        double[] Penalties(int[] places, SequenceMask? mask)
        {
            using Tape tape = Tape.ForTraining(Backend);
            int steps = mask?.Steps ?? places.Length;
            double[] values = new double[steps * Width];
            for (int k = 0; k < places.Length; k++)
                x.AsSpan(k * Width, Width).CopyTo(values.AsSpan(places[k] * Width));
            var cursor = new StateCursor(model.Slots, [(tape.Filled([1, Units], 0.5), tape.Filled([1, Units], 0.5))]);
            model.Forward(tape, new Flow(tape.Input([steps, 1, Width], values), mask), cursor);
            return [.. cursor.Penalties.Select(penalty => penalty.ToScalar())];
        }
    }

    private static double[] Normal(int count)
    {
        var random = new RandomStream(seed: 3, stream: (ulong)count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
    }

    private static double[] Repeated(double value, int count) => [.. Enumerable.Repeat(value, count)];

    private double[] Values(View view)
    {
        double[] values = new double[view.Count];
        Backend.Download(view, values);
        return values;
    }

    private Sequential Built(Layer layer)
    {
        var model = new Sequential(Width, layer);
        model.Build(Backend, seed: 2);
        return model;
    }

    /// <summary>The outputs, and the last states in the order of a <see cref="RecurrentState"/>.</summary>
    private (double[] Outputs, double[][] Last) Run(Sequential model, double[] x, int steps, int batch, SequenceMask? mask)
    {
        using Tape tape = Tape.ForInference(Backend);
        (Tensor y, StateCursor next) = model.Forward(tape, new Flow(tape.Input([steps, batch, Width], x), mask));
        IEnumerable<Tensor> states = next.Results.SelectMany(
            result => result.LastCell is { } cell ? new[] { result.LastHidden, cell } : [result.LastHidden]);
        return (y.ToArray(), [.. states.Select(state => state.ToArray())]);
    }
}
