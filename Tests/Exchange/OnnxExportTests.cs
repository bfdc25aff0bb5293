using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;
using Tensor = MiniLstm.Engine.Tensor;
using TensorOperations = MiniLstm.Engine.Operations.TensorOperations;

namespace MiniLstm.Tests;

/// <summary>Models run here and, exported, by ONNX Runtime: the same numbers.</summary>
public sealed class OnnxExportTests
{
    private const double Bound = 1e-5;
    private const int Vocabulary = 7;
    private const int Width = 3;

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

    private static IEnumerable<ModelCase> Models()
    {
        yield return new("language model", 0, () => [new Embedding(Vocabulary, 5), new Lstm(4, returnSequences: true), new Dense(Vocabulary)]);
        yield return new("stacked", Width, () => [new Lstm(4, layers: 3, returnSequences: true)]);
        yield return new("stacked, last step", Width, () => [new Lstm(4, layers: 2)]);
        yield return new("without biases", Width, () => [new Lstm(4, bias: false, returnSequences: true), new Dense(2, bias: false)]);
        yield return new("two LSTMs", Width, () => [new Lstm(4, returnSequences: true), new Lstm(6), new Dense(5)]);
        yield return new("dense alone", Width, () => [new Dense(5)]);
        yield return new("normalised", Width, () => [new Lstm(4, returnSequences: true), new LayerNormalization(1e-3), new Dense(2)]);
        yield return new("dropout", Width, () => [new Dropout(0.5), new Lstm(4, layers: 2, dropout: 0.3), new Dropout(0.1), new Dense(2)]);
        yield return new("tied", 0, () =>
        {
            var embedding = new Embedding(Vocabulary, 4);
            return [embedding, new Lstm(4, returnSequences: true), new Dense(Vocabulary, tiedTo: embedding)];
        });
        yield return new("both directions", Width, () =>
            [new Bidirectional(new Lstm(4, layers: 2, returnSequences: true)), new TimeDistributed(new Dense(2))]);
        yield return new("encoder and decoder", Width, () => [new Lstm(4), new RepeatVector(3), new Lstm(2, returnSequences: true)]);
        foreach (PoolingMode mode in (PoolingMode[])[PoolingMode.Last, PoolingMode.Maximum, PoolingMode.Mean])
            yield return new($"pooling {mode}", Width, () => [new Lstm(4, returnSequences: true), new TimePooling(mode), new Dense(2)]);
        foreach (ActivationFunction function in Enum.GetValues<ActivationFunction>())
            yield return new($"activation {function}", Width, () => [new Dense(4), new Activation(function), new Dense(2)]);
    }

    [Test]
    public void Save_AnyModel_ComputesTheSameInOnnxRuntime(
        [ValueSource(nameof(Models))] ModelCase model, [Values] bool batchFirst, [Values] bool states, [Values] bool probabilities)
    {
        using Sequential here = Build(model.InputWidth, model.Layers());
        OnnxExport.Save(_folder["model.onnx"], here, new(probabilities, batchFirst, states));
        using var there = new InferenceSession(_folder["model.onnx"]);

        // Time and batch are open: other sizes each time.
        foreach ((int time, int batch) in (ReadOnlySpan<(int, int)>)[(5, 2), (1, 1), (3, 4)])
            CheckForward(here, there, time, batch, batchFirst, states, probabilities);
    }

    [Test]
    public void Save_StatesGivenBack_ContinueTheSequence()
    {
        using Sequential model = Build(Width, [new Lstm(4, layers: 2, returnSequences: true), new Dense(2)]);
        OnnxExport.Save(_folder["model.onnx"], model);
        using var session = new InferenceSession(_folder["model.onnx"]);
        float[] values = Values(6 * 2 * Width);
        var whole = new DenseTensor<float>(values, [6, 2, Width]);
        var first = new DenseTensor<float>(values.AsMemory(0, 4 * 2 * Width), [4, 2, Width]);
        var second = new DenseTensor<float>(values.AsMemory(4 * 2 * Width), [2, 2, Width]);

        using var atOnce = session.Run([NamedOnnxValue.CreateFromTensor("values", whole)]);
        using var begun = session.Run([NamedOnnxValue.CreateFromTensor("values", first)]);
        using var continued = session.Run(
        [
            NamedOnnxValue.CreateFromTensor("values", second),
            .. begun.Skip(1).Select(state => NamedOnnxValue.CreateFromTensor(state.Name[..^".next".Length], state.AsTensor<float>())),
        ]);

        Assert.That(begun.Select(value => value.Name), Is.EqualTo((string[])
            ["logits", "lstm.h_l0.next", "lstm.c_l0.next", "lstm.h_l1.next", "lstm.c_l1.next"]));
        float[] joined = [.. begun[0].AsTensor<float>().ToArray(), .. continued[0].AsTensor<float>().ToArray()];
        Assert.That(joined, Is.EqualTo(atOnce[0].AsTensor<float>().ToArray()).Within(Bound));
        Assert.That(continued[4].AsTensor<float>().ToArray(), Is.EqualTo(atOnce[4].AsTensor<float>().ToArray()).Within(Bound));
    }

    [Test]
    public void Save_ModelThatEndsInSoftmax_GivesProbabilities([Values] bool asked)
    {
        using Sequential model = Build(Width, [new Lstm(4), new Dense(3), new Activation(ActivationFunction.Softmax)]);
        OnnxExport.Save(_folder["model.onnx"], model, new(Probabilities: asked, States: false));
        using var session = new InferenceSession(_folder["model.onnx"]);
        using Tape tape = Tape.ForInference(_device);
        float[] values = Values(2 * Width);

        using var results = session.Run([NamedOnnxValue.CreateFromTensor("values", new DenseTensor<float>(values, [2, 1, Width]))]);

        Tensor expected = model.Forward(tape, tape.Input([2, 1, Width], Array.ConvertAll(values, v => (double)v))).Logits;
        Assert.That(results.Single().Name, Is.EqualTo("probabilities"));
        Assert.That(results.Single().AsTensor<float>().Select(v => (double)v), Is.EqualTo(expected.ToArray()).Within(Bound));
    }

    [Test]
    public void Save_StepsSideBySide_ComputesTheSame([Values] bool batchFirst)
    {
        using var model = new Sequential(new FlowShape(Width, Steps: 4), new Flatten(), new Dense(2), new RepeatVector(2), new Gru(3));
        model.Build(_device, seed: 3);
        OnnxExport.Save(_folder["model.onnx"], model, new(BatchFirst: batchFirst));
        using var session = new InferenceSession(_folder["model.onnx"]);
        using Tape tape = Tape.ForInference(_device);
        float[] values = Values(4 * 5 * Width);

        using var results = session.Run([Input([], values, 4, 5, Width, batchFirst)]);

        Tensor expected = model.Forward(tape, tape.Input([4, 5, Width], Array.ConvertAll(values, v => (double)v))).Logits;
        Assert.That(results[0].AsTensor<float>().Select(v => (double)v), Is.EqualTo(expected.ToArray()).Within(Bound));
    }

    [Test]
    public void Save_InputWithoutTime_ComputesTheSame()
    {
        using var model = new Sequential(new FlowShape(Width, HasTime: false), new Flatten(), new RepeatVector(3), new Lstm(3), new Dense(2));
        model.Build(_device, seed: 3);
        OnnxExport.Save(_folder["model.onnx"], model);
        using var session = new InferenceSession(_folder["model.onnx"]);
        using Tape tape = Tape.ForInference(_device);
        float[] values = Values(5 * Width);

        using var results = session.Run([NamedOnnxValue.CreateFromTensor("values", new DenseTensor<float>(values, [5, Width]))]);

        Tensor expected = model.Forward(tape, tape.Input([5, Width], Array.ConvertAll(values, v => (double)v))).Logits;
        Assert.That(results[0].AsTensor<float>().Select(v => (double)v), Is.EqualTo(expected.ToArray()).Within(Bound));
        Assert.That(() => OnnxExport.Save(_folder["model.onnx"], model, new(Lengths: true)), Throws.TypeOf<NotSupportedException>());
    }

    [Test]
    public void Save_PaddingId_NeedsLengths()
    {
        using Sequential model = Build(0, [new Embedding(Vocabulary, 3) { PaddingId = 0 }, new Lstm(4), new Dense(2)]);
        int[] lengths = [2, 4];
        int[] ids = [3, 1, 2, 4, 0, 5, 0, 6];

        Assert.That(() => OnnxExport.Save(_folder["model.onnx"], model),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("ONNX has no padding id 0, only lengths"));
        OnnxExport.Save(_folder["model.onnx"], model, new(Lengths: true));
        using var session = new InferenceSession(_folder["model.onnx"]);
        using var results = session.Run(
        [
            Input(ids, [], 4, 2, 0, batchFirst: false),
            NamedOnnxValue.CreateFromTensor("lengths", new DenseTensor<int>(lengths, [2])),
        ]);

        using Tape tape = Tape.ForInference(_device);
        Tensor expected = model.Forward(tape, tape.Indices([4, 2], ids)).Logits;
        Assert.That(results[0].AsTensor<float>().Select(v => (double)v), Is.EqualTo(expected.ToArray()).Within(Bound));
    }

    [Test]
    public void Save_LayerThatOnnxDoesNotKnow_IsNamed_AndNoFileIsLeft()
    {
        using Sequential model = Build(Width, [new Dense(2), new Nothing { Name = "mine" }]);

        Assert.That(() => OnnxExport.Save(_folder["model.onnx"], model), Throws.TypeOf<NotSupportedException>()
            .With.Message.EqualTo("mine: a layer of type Nothing cannot be written as ONNX"));
        Assert.That(_folder.Names, Is.Empty);
    }

    [Test]
    public void Save_Twice_GivesTheSameBytes()
    {
        using Sequential model = Build(Width, [new Lstm(4), new Dense(2)]);
        OnnxExport.Save(_folder["one.onnx"], model);
        OnnxExport.Save(_folder["two.onnx"], model);

        Assert.That(File.ReadAllBytes(_folder["two.onnx"]), Is.EqualTo(File.ReadAllBytes(_folder["one.onnx"])));
    }

    private void CheckForward(
        Sequential here, InferenceSession there, int time, int batch, bool batchFirst, bool states, bool probabilities)
    {
        using Tape tape = Tape.ForInference(_device);
        bool isTokens = here.InputWidth == 0;
        int[] ids = [.. Enumerable.Range(0, time * batch).Select(k => (k * 5 + 3) % Vocabulary)];
        float[] values = Values(time * batch * here.InputWidth);
        using RecurrentState initial = here.NewState(batch);
        foreach ((_, View view) in initial.Tensors)
            _device.Upload(view, Values((int)view.Count));

        (Tensor logits, StateCursor next) = isTokens
            ? here.Forward(tape, tape.Indices([time, batch], ids), initial)
            : here.Forward(tape, tape.Input([time, batch, here.InputWidth], Array.ConvertAll(values, v => (double)v)), initial);
        Tensor expected = probabilities ? TensorOperations.Softmax(logits) : logits;

        var inputs = new List<NamedOnnxValue> { Input(ids, values, time, batch, here.InputWidth, batchFirst) };
        if (states)
            inputs.AddRange(initial.Tensors.Select(state => NamedOnnxValue.CreateFromTensor(state.Name, Download(state.View))));
        else
            expected = Stateless(tape, here, ids, values, time, batch, probabilities);
        using var results = there.Run(inputs);

        DenseTensor<float> actual = results[0].AsTensor<float>().ToDenseTensor();
        bool hasTime = expected.Shape.Rank == 3;
        Assert.That(results[0].Name, Is.EqualTo(probabilities ? "probabilities" : "logits"));
        double[] timeMajor = hasTime && batchFirst ? Swapped(actual) : [.. actual.ToArray().Select(v => (double)v)];
        Assert.That(timeMajor, Is.EqualTo(expected.ToArray()).Within(Bound));
        Assert.That(results, Has.Count.EqualTo(states ? 1 + initial.Tensors.Count : 1));
        for (int k = 0; states && k < next.Results.Count; k++)
        {
            Assert.That(results[1 + 2 * k].AsTensor<float>().ToArray(), Is.EqualTo(next.Results[k].LastHidden.ToArray()).Within(Bound));
            Assert.That(results[2 + 2 * k].AsTensor<float>().ToArray(), Is.EqualTo(next.Results[k].LastCell!.ToArray()).Within(Bound));
        }
    }

    private static Tensor Stateless(Tape tape, Sequential here, int[] ids, float[] values, int time, int batch, bool probabilities)
    {
        Tensor logits = here.InputWidth == 0
            ? here.Forward(tape, tape.Indices([time, batch], ids)).Logits
            : here.Forward(tape, tape.Input([time, batch, here.InputWidth], Array.ConvertAll(values, v => (double)v))).Logits;
        return probabilities ? TensorOperations.Softmax(logits) : logits;
    }

    private static NamedOnnxValue Input(int[] ids, float[] values, int time, int batch, int width, bool batchFirst)
    {
        int[] shape = batchFirst ? [batch, time] : [time, batch];
        int size = Math.Max(width, 1);
        int Source(int k) => batchFirst ? ((k / size % time * batch) + k / size / time) * size + k % size : k;
        return width == 0
            ? NamedOnnxValue.CreateFromTensor(
                "tokens", new DenseTensor<long>(Enumerable.Range(0, ids.Length).Select(k => (long)ids[Source(k)]).ToArray(), shape))
            : NamedOnnxValue.CreateFromTensor(
                "values",
                new DenseTensor<float>(Enumerable.Range(0, values.Length).Select(k => values[Source(k)]).ToArray(), [.. shape, width]));
    }

    private static double[] Swapped(DenseTensor<float> values)
    {
        (int batch, int time, int width) = (values.Dimensions[0], values.Dimensions[1], values.Dimensions[2]);
        return
        [
            .. from t in Enumerable.Range(0, time)
               from b in Enumerable.Range(0, batch)
               from k in Enumerable.Range(0, width)
               select (double)values[b, t, k],
        ];
    }

    private DenseTensor<float> Download(View view)
    {
        float[] values = new float[view.Count];
        _device.Download(view, values);
        return new(values, [view.Shape[0], view.Shape[1]]);
    }

    private Sequential Build(int inputWidth, Layer[] layers)
    {
        var model = new Sequential(inputWidth, layers);
        model.Build(_device, seed: 3);
        foreach (Parameter parameter in model.Parameters.All)
            parameter.Set(Values((int)parameter.Shape.Count));
        return model;
    }

    // Irregular, and different from gate to gate, so that no exchange of rows goes unnoticed.
    private static float[] Values(int count) => [.. Enumerable.Range(0, count).Select(k => MathF.Sin(k * 1.7f + 0.3f) * (0.4f + 0.1f * (k % 5)))];

    public sealed record ModelCase(string Name, int InputWidth, Func<Layer[]> Layers)
    {
        public override string ToString() => Name;
    }

    private sealed class Nothing : Layer
    {
        public override string Kind => "nothing";

        public override FlowShape Plan(ModelPlan plan, FlowShape input) => input;

        public override void Bind(ParameterStore parameters, NamedStreams streams)
        {
        }

        public override Flow Forward(Tape tape, Flow x, StateCursor cursor) => x;
    }
}
