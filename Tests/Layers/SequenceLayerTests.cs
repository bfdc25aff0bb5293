using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Layers that change what the axes mean: wrappers, masking, repeating, flattening, pooling.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class SequenceLayerTests(TestBackend device) : BackendFixture(device)
{
    private const int Steps = 3;
    private const int Batch = 2;
    private const int Width = 2;

    // Steps 0 to 2 of sequences 0 and 1.
    private static readonly double[] _x = [1, -2, 3, 4, 5, 6, -7, 8, 0.5, 1.5, 9, 2];

    [Test]
    public void TimeDistributed_Dense_IsTheDenseOfEachStep()
    {
        using Sequential wrapped = Built(new FlowShape(Width), new TimeDistributed(new Dense(4)) { Name = "dense" });
        using Sequential plain = Built(new FlowShape(Width), new Dense(4));

        Assert.That(wrapped.Output, Is.EqualTo(plain.Output));
        Assert.That(Output(wrapped), Is.EqualTo(Output(plain)));
    }

    [Test]
    public void TimeDistributed_LayerOfSequences_IsRefused() => Assert.That(
        () => new Sequential(Width, new TimeDistributed(new Lstm(4))),
        Throws.TypeOf<ShapeException>().With.Message.Contains("takes sequences [time, batch, features], but [batch, 2] flows in"));

    [Test]
    public void TimeDistributed_LayerThatMakesSequences_IsRefused() => Assert.That(
        () => new Sequential(Width, new TimeDistributed(new RepeatVector(4))),
        Throws.TypeOf<ShapeException>().With.Message.Contains("RepeatVector makes [4, batch, 2] of each step"));

    [Test]
    public void Bidirectional_Lstm_IsTheLayersOwnDirection()
    {
        using Sequential wrapped = Built(
            new FlowShape(Width), new Bidirectional(new Lstm(3, returnSequences: true), MergeMode.Sum) { Name = "both" });
        using Sequential direct = Built(
            new FlowShape(Width),
            new Lstm(3, returnSequences: true) { Name = "both", Direction = Direction.Bidirectional, Merge = MergeMode.Sum });

        Assert.That(wrapped.Parameters.All.Select(p => p.Name), Is.EqualTo(direct.Parameters.All.Select(p => p.Name)));
        Assert.That(wrapped.Slots.Select(slot => slot.Name), Is.EqualTo(new[] { "both.l0", "both.l0_reverse" }));
        Assert.That(Output(wrapped), Is.EqualTo(Output(direct)));
    }

    [Test]
    public void Bidirectional_MaskedSteps_AreZeroWhereSequencesFlowOut()
    {
        using Sequential model = Built(new FlowShape(Width), new Bidirectional(new Gru(3, returnSequences: true)));

        double[][] steps = [.. Output(model, Lengths(3, 1)).Chunk(6)];

        Assert.That(steps[3], Is.All.EqualTo(0), "step 1 of sequence 1");
        Assert.That(steps[5], Is.All.EqualTo(0), "step 2 of sequence 1");
        Assert.That(steps[4], Has.None.EqualTo(0), "step 2 of sequence 0");
    }

    [Test]
    public void Wrapper_LayerThatIsTaken_IsRefused()
    {
        var lstm = new Lstm(3);
        _ = new Bidirectional(lstm);

        Assert.That(
            () => new Bidirectional(lstm),
            Throws.ArgumentException.With.Message.Contains("is part of a model or of another layer already"));
        Assert.That(() => new Sequential(Width, lstm), Throws.ArgumentException);
        Assert.That(
            () => new Bidirectional(new Lstm(3) { Direction = Direction.Backward }),
            Throws.ArgumentException.With.Message.Contains("reads backwards"));
    }

    [Test]
    public void Masking_StepsOfOneValue_DoNotCount()
    {
        double tenth = 0.1;
        double[] x = [tenth, tenth, 3, 4, tenth, 6, tenth, tenth, double.NaN, double.NaN, tenth, tenth];

        Flow flow = Through(new Masking(tenth), x, out double[] values);

        bool[] counts = [false, true, true, false, true, false];
        Assert.That(Enumerable.Range(0, counts.Length).Select(k => flow.Mask![k / Batch, k % Batch]), Is.EqualTo(counts));
        Assert.That(values, Is.EqualTo(new[] { 0, 0, 3, 4, tenth, 6, 0, 0, double.NaN, double.NaN, 0, 0 }).Within(1e-6));
        Assert.That(() => new Masking(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Masking_StepsLeftOutBefore_StayLeftOut()
    {
        double[] x = [.. _x];
        x[0] = x[1] = 0;

        Flow flow = Through(new Masking(), x, out _, Lengths(3, 1));

        bool[] counts = [false, true, true, false, true, false];
        Assert.That(Enumerable.Range(0, counts.Length).Select(k => flow.Mask![k / Batch, k % Batch]), Is.EqualTo(counts));
    }

    [Test]
    public void RepeatVector_LastState_StandsAtEveryStep()
    {
        using var model = new Sequential(Width, new TimePooling(PoolingMode.Last), new RepeatVector(4));

        Assert.That(model.Output, Is.EqualTo(new FlowShape(Width, Steps: 4)));
        Assert.That(Output(model), Is.EqualTo(Enumerable.Repeat(_x[8..], 4).SelectMany(step => step)));
        Assert.That(() => new Sequential(Width, new RepeatVector(2)), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Flatten_KnownSteps_PutsThemSideBySide()
    {
        using Sequential model = Built(new FlowShape(Width, Steps: Steps), new Flatten(), new Dense(1));

        Assert.That(model.Parameters["dense.weight"].Shape, Is.EqualTo(new Shape([1, Steps * Width])));
        Through(new Flatten(), _x, out double[] values);
        Assert.That(values, Is.EqualTo(new[] { 1, -2, 5, 6, 0.5, 1.5, 3, 4, -7, 8, 9, 2 }));
    }

    [Test]
    public void Flatten_UnknownSteps_SaysWhereToNameThem() => Assert.That(
        () => new Sequential(Width, new Flatten()),
        Throws.TypeOf<ShapeException>().With.Message.Contains("give the model's input its Steps"));

    [TestCase(PoolingMode.Last, new[] { 0.5, 1.5, 3, 4 })]
    [TestCase(PoolingMode.Maximum, new[] { 5, 6, 3, 4.0 })]
    [TestCase(PoolingMode.Mean, new[] { 6.5 / 3, 5.5 / 3, 3, 4 })]
    public void TimePooling_Lengths_TakesTheStepsThatCount(PoolingMode mode, double[] expected)
    {
        Through(new TimePooling(mode), _x, out double[] values, Lengths(3, 1));

        Assert.That(values, Is.EqualTo(expected).Within(1e-6));
    }

    [TestCase(PoolingMode.Last, new[] { 0.5, 1.5, 9, 2 })]
    [TestCase(PoolingMode.Maximum, new[] { 5, 6, 9, 8.0 })]
    [TestCase(PoolingMode.Mean, new[] { 6.5 / 3, 5.5 / 3, 5.0 / 3, 14.0 / 3 })]
    public void TimePooling_NoMask_TakesAllSteps(PoolingMode mode, double[] expected)
    {
        Through(new TimePooling(mode), _x, out double[] values);

        Assert.That(values, Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void TimePooling_Attention_IsTheFormula()
    {
        using Sequential model = Built(new FlowShape(Width), new TimePooling(PoolingMode.Attention) { Name = "pool" });
        double[] weight = model.Parameters["pool.weight"].ToArray();
        double[] bias = model.Parameters["pool.bias"].ToArray();
        double[] query = model.Parameters["pool.query"].ToArray();

        double[] actual = Output(model, Lengths(2, 3));

        for (int row = 0; row < Batch; row++)
        {
            double[][] steps = [.. Enumerable.Range(0, row == 0 ? 2 : 3).Select(t => _x.AsSpan((t * Batch + row) * Width, Width).ToArray())];
            double[] shares = [.. steps.Select(x => Math.Exp(Score(x)))];
            for (int k = 0; k < Width; k++)
            {
                double expected = steps.Zip(shares, (x, share) => share * x[k]).Sum() / shares.Sum();
                Assert.That(actual[row * Width + k], Is.EqualTo(expected).Within(1e-5));
            }
        }

        double Score(double[] x) => Enumerable.Range(0, Width)
            .Sum(j => query[j] * Math.Tanh(bias[j] + weight[j * Width] * x[0] + weight[j * Width + 1] * x[1]));
    }

    [Test]
    public void TimePooling_PaddingOfNaN_LeavesNoTrace([Values] PoolingMode mode)
    {
        double[] x = [.. _x];
        x[6] = x[7] = x[10] = x[11] = double.NaN;
        double[] clean = [.. _x];
        clean[6] = clean[7] = clean[10] = clean[11] = 77;

        (double[] Output, double[] Gradient) dirty = OutputAndGradient(mode, x, Lengths(3, 1));
        (double[] Output, double[] Gradient) other = OutputAndGradient(mode, clean, Lengths(3, 1));

        Assert.That(dirty.Output, Is.EqualTo(other.Output).And.None.NaN);
        Assert.That(dirty.Gradient, Is.EqualTo(other.Gradient).And.None.NaN);
        Assert.That(dirty.Gradient[6..8], Is.All.EqualTo(0));
    }

    [Test]
    public void TimePooling_SequenceOfNothing_IsZero([Values] PoolingMode mode)
    {
        (double[] output, double[] gradient) = OutputAndGradient(mode, [.. Enumerable.Repeat(double.NaN, _x.Length)], Lengths(0, 0));

        Assert.That(output, Is.All.EqualTo(0));
        Assert.That(gradient, Is.All.EqualTo(0));
    }

    [TestCase(12, false, 72_192)]
    [TestCase(128, false, 131_584)]
    [TestCase(12, true, 72_704)]
    public void Parameters_Lstm128_CountAsKerasAndPyTorch(int width, bool separate, int expected)
    {
        using Sequential model = Built(new FlowShape(width), new Lstm(128) { SeparateBiases = separate });

        Assert.That(model.Parameters.Count, Is.EqualTo(expected));
    }

    [Test]
    public void Parameters_BidirectionalLstm64On128_CountAsKeras()
    {
        using Sequential model = Built(new FlowShape(128), new Bidirectional(new Lstm(64) { SeparateBiases = false }));

        Assert.That(model.Parameters.Count, Is.EqualTo(98_816));
        Assert.That(model.Summary(), Does.Match(@"bidirectional \(Bidirectional\) +\[batch, 128\] +98,816\n"));
    }

    private static SequenceMask Lengths(params int[] lengths) => SequenceMask.FromLengths(lengths, Steps);

    private Sequential Built(FlowShape input, params Layer[] layers)
    {
        var model = new Sequential(input, layers);
        model.Build(Backend, seed: 4);
        return model;
    }

    private double[] Output(Sequential model, SequenceMask? mask = null)
    {
        using Tape tape = Tape.ForInference(Backend);
        var flow = new Flow(tape.Input([Steps, Batch, Width], _x), mask);
        return model.Forward(tape, flow, new StateCursor(model.Slots, [])).ToArray();
    }

    private Flow Through(Layer layer, double[] x, out double[] values, SequenceMask? mask = null)
    {
        using Tape tape = Tape.ForInference(Backend);
        Flow flow = layer.Forward(tape, new Flow(tape.Input([Steps, Batch, Width], x), mask), new StateCursor([], []));
        values = flow.Values.ToArray();
        return flow;
    }

    private (double[] Output, double[] Gradient) OutputAndGradient(PoolingMode mode, double[] x, SequenceMask mask)
    {
        using Sequential model = Built(new FlowShape(Width), new TimePooling(mode), new Dense(3, bias: false));
        model.ClearGradients();
        using Tape tape = Tape.ForTraining(Backend);
        Tensor input = tape.Input([Steps, Batch, Width], x, tracked: true);
        Tensor y = model.Forward(tape, new Flow(input, mask)).Logits;
        tape.Backward((y, tape.Filled(y.Shape, 1.5).View));
        return (y.ToArray(), [.. tape.GradientToArray(input), .. model.Parameters.All.SelectMany(p => p.GradientToArray())]);
    }
}
