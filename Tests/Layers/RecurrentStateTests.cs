using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class RecurrentStateTests(TestBackend device) : BackendFixture(device)
{
    private const int Vocabulary = 7;
    private const int Units = 4;
    private const int Steps = 3;
    private const int Batch = 2;

    private static readonly int[] _ids = [1, 2, 3, 4, 5, 6, 0, 1, 3, 5, 2, 4];
    private static readonly int[] _firstWindow = _ids[..(Steps * Batch)];
    private static readonly int[] _secondWindow = _ids[(Steps * Batch)..];

    [Test]
    public void NewState_TwoLayers_NamesZerosForEach()
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(Batch);

        string[] names = ["lstm.h_l0", "lstm.c_l0", "lstm.h_l1", "lstm.c_l1"];
        Assert.That(state.Tensors.Select(tensor => tensor.Name), Is.EqualTo(names));
        Assert.That(state.Tensors.Select(tensor => tensor.View.Shape), Is.All.EqualTo(new Shape([Batch, Units])));
        Assert.That(Values(state), Is.All.EqualTo(new double[Batch * Units]));
    }

    [Test]
    public void KeepFrom_TwoWindows_GiveWhatOneLongWindowGives()
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(Batch);

        double[] whole = Logits(model, _ids, state: null);
        double[] first = Logits(model, _firstWindow, state);
        double[] second = Logits(model, _secondWindow, state);
        double[] secondAlone = Logits(model, _secondWindow, state: null);

        Assert.That(first.Concat(second), Is.EqualTo(whole).Within(1e-6));
        Assert.That(second, Is.Not.EqualTo(secondAlone).Within(1e-6), "the state matters");
    }

    [Test]
    public void NewState_MemoryForSomeOfThemOnly_ReturnsThose()
    {
        using var device = new ReferenceBackend(BackendOptions.Default with { MemoryLimitBytes = 100_000 });
        using Sequential model = Model(device);
        IReadOnlyList<string> before = device.Pool.Outstanding;

        // Four states of 32,000 bytes or more.
        Assert.That(() => model.NewState(batch: 1000), Throws.TypeOf<DeviceException>());
        Assert.That(device.Pool.Outstanding, Is.EqualTo(before));
    }

    [Test]
    public void KeepFrom_SecondWindowOnTheSameTape_TruncatesTheGradientExactlyThere()
    {
        int[] both = [.. _ids.Distinct()];
        int[] second = [.. _secondWindow.Distinct()];

        Assert.That(TokensWithGradient(isKept: false), Is.EquivalentTo(both), "states of the tape itself");
        Assert.That(TokensWithGradient(isKept: true), Is.EquivalentTo(second), "states kept");
    }

    [Test]
    public void KeepFrom_FailedUpdate_LeavesTheStateAsItWas()
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(Batch);
        Logits(model, _ids, state);
        double[][] before = Values(state);
        using Scratch status = Backend.Pool.Scratch([2], "status");
        using Tape tape = Tape.ForInference(Backend);
        StateCursor next = model.Forward(tape, Tokens(tape, _ids), state).Next;

        Backend.Upload(status.View, [double.PositiveInfinity, 12]);
        state.KeepFrom(next, status.View);
        Assert.That(Values(state), Is.EqualTo(before), "step 12 failed");

        Backend.Upload(status.View, [1.5, 0]);
        state.KeepFrom(next, status.View);
        Assert.That(Values(state), Is.Not.EqualTo(before), "no step failed");
    }

    [Test]
    public void KeepFrom_AnotherBatchSize_NamesStateAndShapes()
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(batch: 5);
        using Tape tape = Tape.ForInference(Backend);
        StateCursor next = model.Forward(tape, Tokens(tape, _ids)).Next;

        Assert.That(
            () => state.KeepFrom(next),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo(
                "KeepFrom: lstm.h_l0 is [5, 4], the forward pass has [2, 4]"));
    }

    [Test]
    public void Reset_CarriedState_IsZeroAgain()
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(Batch);
        Logits(model, _ids, state);

        state.Reset();

        Assert.That(Values(state), Is.All.EqualTo(new double[Batch * Units]));
    }

    [Test]
    public void Fork_ContinuedApart_NeitherChangesTheOther()
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(Batch);
        Logits(model, _ids, state);

        using RecurrentState fork = state.Fork();
        double[][] forked = Values(fork);
        Assert.That(forked, Is.EqualTo(Values(state)));

        Logits(model, _ids, state);
        Assert.That(Values(fork), Is.EqualTo(forked));
        Assert.That(Values(state), Is.Not.EqualTo(forked));
    }

    [Test]
    public void Forward_WithAState_DoesNotChangeIt()
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(Batch);
        Logits(model, _ids, state);
        double[][] before = Values(state);
        using Tape tape = Tape.ForTraining(Backend);

        (Tensor logits, _) = model.Forward(tape, Tokens(tape, _ids), state);
        tape.Backward(logits.Sum());

        Assert.That(Values(state), Is.EqualTo(before));
    }

    [Test]
    public void Forward_StateOfAnotherModel_IsRefused()
    {
        using Sequential model = Model();
        using Sequential other = Model();
        using RecurrentState state = other.NewState(Batch);
        using Tape tape = Tape.ForInference(Backend);
        IndexTensor tokens = Tokens(tape, _ids);

        Assert.That(
            () => model.Forward(tape, tokens, state),
            Throws.TypeOf<ShapeException>().With.Message.Contains("another model"));
    }

    [Test]
    public void Tensors_WrittenAndReadBack_AreTheSame()
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(Batch);
        using RecurrentState restored = model.NewState(Batch);
        Logits(model, _ids, state);
        using var folder = new FileFolder();

        TensorFile.Write(folder["state.safetensors"], Backend, state.Tensors);
        TensorFile.Read(folder["state.safetensors"], Backend, restored.Tensors);

        Assert.That(Values(restored), Is.EqualTo(Values(state)));
    }

    [Test]
    public void Tensors_DisposedState_Throws()
    {
        using Sequential model = Model();
        RecurrentState state = model.NewState(Batch);
        state.Dispose();

        Assert.That(() => state.Tensors, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(state.Fork, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(state.Dispose, Throws.Nothing);
    }

    private Sequential Model() => Model(Backend);

    private static Sequential Model(Backend device)
    {
        var model = new Sequential(
            new Model.Embedding(Vocabulary, Units),
            new Lstm(Units, layers: 2, returnSequences: true),
            new Dense(Vocabulary));
        model.Build(device, seed: 3);
        return model;
    }

    /// <summary>Whose rows of the embedding move a loss of the second window, if both windows are on one
    /// tape.</summary>
    private int[] TokensWithGradient(bool isKept)
    {
        using Sequential model = Model();
        using RecurrentState state = model.NewState(Batch);
        using Tape tape = Tape.ForTraining(Backend);
        StateCursor first = model.Forward(tape, Tokens(tape, _firstWindow)).Next;
        state.KeepFrom(first);

        StateCursor second;
        if (isKept)
        {
            second = model.Forward(tape, Tokens(tape, _secondWindow), state).Next;
        }
        else
        {
            second = new(model.Slots, [.. first.Results.Select(result => (result.LastHidden, result.LastCell!))]);
            model.Forward(tape, new Flow(Tokens(tape, _secondWindow)), second);
        }

        tape.Backward(second.Results[1].LastHidden.Sum());
        double[][] rows = [.. model.Parameters["embedding.weight"].GradientToArray().Chunk(Units)];
        return [.. Enumerable.Range(0, Vocabulary).Where(id => rows[id].Any(slope => slope != 0))];
    }

    private static IndexTensor Tokens(Tape tape, int[] ids) => tape.Indices([ids.Length / Batch, Batch], ids);

    /// <summary>The logits of a window, the state carried on.</summary>
    private double[] Logits(Sequential model, int[] ids, RecurrentState? state)
    {
        using Tape tape = Tape.ForInference(Backend);
        (Tensor logits, StateCursor next) = model.Forward(tape, Tokens(tape, ids), state);
        state?.KeepFrom(next);
        return logits.ToArray();
    }

    private double[][] Values(RecurrentState state) =>
    [
        .. state.Tensors.Select(tensor =>
        {
            double[] values = new double[tensor.View.Count];
            Backend.Download(tensor.View, values);
            return values;
        }),
    ];
}
