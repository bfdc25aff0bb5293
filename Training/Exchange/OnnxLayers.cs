using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training.Onnx;

namespace MiniLstm.Training;

/// <summary>Writes the layers of a model as nodes of ONNX. Sequences are time-major inside, as the recurrent nodes want
/// them.</summary>
/// <param name="graph">Where the nodes go.</param>
/// <param name="model">The model whose parameters become constants.</param>
/// <param name="hasStates">Whether states are inputs and outputs.</param>
internal sealed class OnnxLayers(OnnxGraph graph, Sequential model, bool hasStates)
{
    private const string BatchSize = "batch_size";

    // Rows i, f, g, o here; i, o, f, c there.
    private static readonly int[] _lstmOrder = [0, 3, 1, 2];

    private readonly List<(string Name, int Units)> _nextStates = [];

    /// <summary>The names of the states after the last step, [batch, units] each, if there are states.</summary>
    public IReadOnlyList<(string Name, int Units)> NextStates => _nextStates;

    /// <summary>The name of the value that flows: at first the input, at last the output.</summary>
    public string Flow { get; private set; } = "";

    /// <summary>Begins with the input.</summary>
    /// <param name="input">Its name; [time, batch] or [time, batch, features].</param>
    public void Begin(string input)
    {
        Flow = input;
        if (hasStates && model.Slots.Count > 0)
            graph.Add("Shape", BatchSize, input).With("start", 1).With("end", 2);
    }

    /// <summary>Adds the nodes of a layer.</summary>
    /// <exception cref="NotSupportedException">ONNX has no such layer.</exception>
    public void Add(Layer layer)
    {
        switch (layer)
        {
            case Embedding embedding:
                Flow = Node("Gather", $"{layer.Name}.output", Constant(embedding.Table), Flow).Output[0];
                break;
            case Lstm lstm:
                AddLstm(lstm);
                break;
            case Dense dense:
                AddDense(dense);
                break;
            case LayerNormalization normalization:
                Flow = Node("LayerNormalization", $"{layer.Name}.output", Flow, Constant(layer, "weight"), Constant(layer, "bias"))
                    .With("axis", -1).With("epsilon", (float)normalization.Epsilon).Output[0];
                break;
            case Dropout:
                break;
            default:
                throw new NotSupportedException($"{layer.Name}: a layer of type {layer.GetType().Name} cannot be written as ONNX");
        }
    }

    private void AddLstm(Lstm lstm)
    {
        for (int k = 0; k < lstm.Layers; k++)
        {
            string name = $"{lstm.Name}.l{k}";
            NodeProto node = Node(
                "LSTM",
                $"{name}.all",
                Flow,
                Gates(lstm, $"weight_ih_l{k}", _lstmOrder),
                Gates(lstm, $"weight_hh_l{k}", _lstmOrder),
                lstm.HasBias ? Biases(lstm, $"_l{k}", _lstmOrder) : "",
                "",
                InitialState($"{lstm.Name}.h_l{k}", lstm.Units),
                InitialState($"{lstm.Name}.c_l{k}", lstm.Units)).With("hidden_size", lstm.Units);
            graph.AddOutput(node, $"{name}.last_hidden");
            graph.AddOutput(node, $"{name}.last_cell");
            AddNextState($"{lstm.Name}.h_l{k}", $"{name}.last_hidden", lstm.Units);
            AddNextState($"{lstm.Name}.c_l{k}", $"{name}.last_cell", lstm.Units);

            // [time, 1, batch, units] becomes [time, batch, units]; or the last step alone, [1, batch, units], becomes
            // [batch, units].
            bool isLastStep = k == lstm.Layers - 1 && !lstm.ReturnsSequences;
            Flow = isLastStep
                ? Node("Squeeze", $"{name}.output", $"{name}.last_hidden", graph.Integers("axis_0", 0)).Output[0]
                : Node("Squeeze", $"{name}.output", $"{name}.all", graph.Integers("axis_1", 1)).Output[0];
        }
    }

    private void AddDense(Dense dense)
    {
        string weight = dense.TiedTo is { } embedding ? Constant(embedding.Table) : Constant(dense, "weight");
        string transposed = Node("Transpose", $"{dense.Name}.transposed", weight).With("perm", 1, 0).Output[0];
        Flow = Node("MatMul", $"{dense.Name}.product", Flow, transposed).Output[0];
        if (dense.HasBias)
            Flow = Node("Add", $"{dense.Name}.output", Flow, Constant(dense, "bias")).Output[0];
    }

    // An input that may be left out: its default, one row of zeros, is widened to the batch; so is nothing that was
    // given.
    private string InitialState(string name, int units)
    {
        if (!hasStates)
            return "";
        graph.Input(name, isInteger: false, "state_batch", $"{units}");
        graph.Constant(name, [1, units], new float[units]);
        string shape = $"{name}.shape";
        Node("Concat", shape, BatchSize, graph.Integers($"{name}.units", units)).With("axis", 0);
        string rows = Node("Expand", $"{name}.rows", name, shape).Output[0];
        return Node("Unsqueeze", $"{name}.initial", rows, graph.Integers("axis_0", 0)).Output[0];
    }

    private void AddNextState(string name, string last, int units)
    {
        if (hasStates)
            _nextStates.Add((Node("Squeeze", $"{name}.next", last, graph.Integers("axis_0", 0)).Output[0], units));
    }

    private NodeProto Node(string type, string output, params ReadOnlySpan<string> inputs) => graph.Add(type, output, inputs);

    private string Constant(Layer layer, string parameter) => Constant(model.Parameters[$"{layer.Name}.{parameter}"]);

    private string Constant(Parameter parameter) => graph.Constant(parameter.Name, Axes(parameter.Shape), Values(parameter));

    // [gates * units, width] becomes [1, gates * units, width], the gates in ONNX's order.
    private string Gates(Layer layer, string parameter, int[] order)
    {
        Parameter gates = model.Parameters[$"{layer.Name}.{parameter}"];
        return graph.Constant(gates.Name, [1, .. Axes(gates.Shape)], Reordered(Values(gates), order));
    }

    // Those of the input, then those of the state, in one.
    private string Biases(Layer layer, string suffix, int[] order)
    {
        float[] input = Reordered(Values(model.Parameters[$"{layer.Name}.bias_ih{suffix}"]), order);
        float[] hidden = Reordered(Values(model.Parameters[$"{layer.Name}.bias_hh{suffix}"]), order);
        return graph.Constant($"{layer.Name}.bias{suffix}", [1, input.Length + hidden.Length], [.. input, .. hidden]);
    }

    private static float[] Reordered(float[] values, int[] order)
    {
        int gate = values.Length / order.Length;
        float[] reordered = new float[values.Length];
        for (int k = 0; k < order.Length; k++)
            values.AsSpan(order[k] * gate, gate).CopyTo(reordered.AsSpan(k * gate));
        return reordered;
    }

    private static float[] Values(Parameter parameter) => [.. parameter.ToArray().Select(value => (float)value)];

    private static long[] Axes(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(k => (long)shape[k])];
}
