using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class ModelForwardTests(TestBackend device) : BackendFixture(device)
{
    private const int Vocabulary = 6;
    private const int Units = 8;
    private const int Steps = 5;
    private const int Batch = 4;

    [Test]
    public void Forward_TiedDense_MultipliesByTheTable()
    {
        var embedding = new Model.Embedding(Vocabulary, Units);
        using var model = new Sequential(embedding, new Dense(Vocabulary, bias: false, tiedTo: embedding));
        model.Build(Backend, seed: 1);
        using Tape tape = Tape.ForTraining(Backend);
        double[][] rows = [.. embedding.Table.ToArray().Chunk(Units)];

        Tensor logits = model.Forward(tape, Tokens(tape)).Logits;

        double[] expected = [.. Ids().SelectMany(id => rows.Select(row => row.Zip(rows[id], (a, b) => a * b).Sum()))];
        Closeness.CheckOutput(Backend, logits.ToArray(), expected, "logits");
    }

    [Test]
    public void Backward_TiedDense_AddsTheGradientsOfBothUses()
    {
        var embedding = new Model.Embedding(Vocabulary, Units);
        using var model = new Sequential(
            embedding, new Lstm(Units, returnSequences: true), new Dense(Vocabulary, tiedTo: embedding));
        model.Build(Backend, seed: 1);
        double[] tied = Gradient(model, "embedding.weight");

        using var apart = new Sequential(
            new Model.Embedding(Vocabulary, Units), new Lstm(Units, returnSequences: true), new Dense(Vocabulary));
        apart.Build(Backend, seed: 1);
        double[] table = embedding.Table.ToArray();
        apart.Parameters["embedding.weight"].Set(table);
        apart.Parameters["dense.weight"].Set(table);
        double[] input = Gradient(apart, "embedding.weight");
        double[] output = apart.Parameters["dense.weight"].GradientToArray();

        Closeness.CheckGradient(Backend, tied, [.. input.Zip(output, (a, b) => a + b)], "the table");
    }

    [Test]
    public void Forward_DropoutInTraining_DropsAfreshEachStepAndTime()
    {
        const double Probability = 0.5;
        const int LongSteps = 40;
        const int StepCount = Batch * Units;
        using var model = new Sequential(Units, new Model.Dropout(Probability), new Model.LayerNormalization());
        model.Build(Backend, seed: 1);
        double[] ones = [.. Enumerable.Repeat(1.0, LongSteps * StepCount)];

        double[] first = Drop(Tape.ForTraining(Backend));
        double[] second = Drop(Tape.ForTraining(Backend));

        Assert.That(first, Is.All.AnyOf(0.0, 1 / (1 - Probability)));
        Assert.That(first.Average(), Is.EqualTo(1).Within(0.1), "the mean stays");
        Assert.That(second, Is.Not.EqualTo(first), "another training step, another mask");
        Assert.That(first[StepCount..(2 * StepCount)], Is.Not.EqualTo(first[..StepCount]), "another time step, another mask");
        Assert.That(Drop(Tape.ForInference(Backend)), Is.EqualTo(ones));

        double[] Drop(Tape fresh)
        {
            using Tape tape = fresh;
            Tensor x = tape.Input([LongSteps, Batch, Units], ones);
            return model.Layers[0].Forward(tape, new Flow(x), new StateCursor([], [])).Values.ToArray();
        }
    }

    [Test]
    public void Forward_LstmWithDropout_DropsBetweenItsLayersOnly()
    {
        using var plain = new Sequential(
            new Model.Embedding(Vocabulary, Units), new Lstm(Units, layers: 2, returnSequences: true));
        using var drops = new Sequential(
            new Model.Embedding(Vocabulary, Units), new Lstm(Units, layers: 2, dropout: 0.5, returnSequences: true));
        plain.Build(Backend, seed: 1);
        drops.Build(Backend, seed: 1);
        using Tape tape = Tape.ForTraining(Backend);
        using Tape inference = Tape.ForInference(Backend);

        StateCursor expected = plain.Forward(tape, Tokens(tape)).Next;
        (Tensor output, StateCursor dropped) = drops.Forward(tape, Tokens(tape));
        Tensor inferred = drops.Forward(inference, Tokens(inference)).Logits;

        Assert.That(dropped["lstm.l0"].Hidden.ToArray(), Is.EqualTo(expected["lstm.l0"].Hidden.ToArray()));
        Assert.That(dropped["lstm.l1"].Hidden.ToArray(), Is.Not.EqualTo(expected["lstm.l1"].Hidden.ToArray()));
        Assert.That(output.ToArray(), Is.All.Not.EqualTo(0.0), "the last output is whole");
        Assert.That(inferred.ToArray(), Is.EqualTo(expected["lstm.l1"].Hidden.ToArray()));
        Assert.That(plain.RandomStreams, Is.Empty);
        Assert.That(drops.RandomStreams.Single().Offset, Is.EqualTo((ulong)(Steps * Batch * Units)));
    }

    [Test]
    public void Forward_OnATapeForInspection_ShowsGatesAndStatesOfEveryLayerByName()
    {
        using Sequential model = LanguageModel();
        using Tape tape = Tape.ForInspection(Backend);

        (Tensor logits, StateCursor next) = model.Forward(tape, Tokens(tape));
        tape.Backward(logits.CrossEntropy(Tokens(tape)));

        foreach (RecurrentSlot slot in model.Slots)
            CheckCellEquation(next[slot.Name]);
        Assert.That(
            () => next["lstm.l2"],
            Throws.TypeOf<KeyNotFoundException>().With.Message.EndsWith("'lstm.l2' has run; there are lstm.l0, lstm.l1"));
    }

    [Test]
    public void Forward_SecondStepOfAShape_AllocatesNothingOnTheDevice()
    {
        using Sequential model = LanguageModel();
        using RecurrentState state = model.NewState(Batch);
        TrainingStep(model, state);
        long before = Backend.Pool.Statistics.Allocations;

        TrainingStep(model, state);

        Assert.That(Backend.Pool.Statistics.Allocations, Is.EqualTo(before));
    }

    [Test]
    public void Forward_SecondStepOfAShape_AllocatesLittleOnTheHost()
    {
        // A backend of its own: poison, which the others have, costs memory too.
        using var backend = new ReferenceBackend();
        using Sequential model = LanguageModel(backend);
        using RecurrentState state = model.NewState(Batch);
        TrainingStep(model, state);
        long before = GC.GetAllocatedBytesForCurrentThread();

        TrainingStep(model, state);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(20_000));
    }

    private static int[] Ids() => [.. Enumerable.Range(0, Steps * Batch).Select(k => (k * k + 1) % Vocabulary)];

    private static IndexTensor Tokens(Tape tape) => tape.Indices([Steps, Batch], Ids());

    private static void TrainingStep(Sequential model, RecurrentState state)
    {
        using Tape tape = Tape.ForTraining(model.Device);
        (Tensor logits, StateCursor next) = model.Forward(tape, Tokens(tape), state);
        Tensor loss = logits.CrossEntropy(Tokens(tape));
        model.ClearGradients();
        tape.Backward(loss);
        state.KeepFrom(next);
    }

    private Sequential LanguageModel() => LanguageModel(Backend);

    private static Sequential LanguageModel(Backend backend)
    {
        var model = new Sequential(
            new Model.Embedding(Vocabulary, Units),
            new Lstm(Units, layers: 2, returnSequences: true),
            new Dense(Vocabulary));
        model.Build(backend, seed: 1);
        return model;
    }

    private double[] Gradient(Sequential model, string parameter)
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor logits = model.Forward(tape, Tokens(tape)).Logits;
        tape.Backward(logits.CrossEntropy(Tokens(tape)));
        return model.Parameters[parameter].GradientToArray();
    }

    /// <summary>From zero states, the first step's cell state is input gate times candidate, and h is output gate times
    /// its tanh.</summary>
    private static void CheckCellEquation(RecurrentResult result)
    {
        double[] gates = result.Gates.ToArray();
        double[] cells = result.Cells!.ToArray();
        double[] hidden = result.Hidden.ToArray();
        for (int row = 0; row < Batch; row++)
        {
            for (int unit = 0; unit < Units; unit++)
            {
                double i = Gate(0);
                double g = Gate(2);
                double o = Gate(3);
                int at = row * Units + unit;
                Assert.That(cells[at], Is.EqualTo(i * g).Within(1e-6));
                Assert.That(hidden[at], Is.EqualTo(o * Math.Tanh(cells[at])).Within(1e-6));

                double Gate(int gate) => gates[(row * 4 + gate) * Units + unit];
            }
        }
    }
}
