using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Writes the layers of a model as nodes of ONNX. Sequences are time-major inside, as the recurrent nodes want
/// them.</summary>
/// <param name="graph">Where the nodes go.</param>
/// <param name="model">The model whose parameters become constants.</param>
/// <param name="options">Whether there are states and lengths.</param>
internal sealed class OnnxLayers(OnnxGraph graph, Sequential model, OnnxOptions options)
{
    private readonly ModelPlan _plan = new(model.Layers, seed: 0);
    private FlowShape _shape = model.Input;
    private readonly OnnxRecurrent _recurrent = new(graph, model, options);

    /// <summary>The names of the states after the last step, [batch, units] each, if there are states.</summary>
    public IReadOnlyList<(string Name, int Units)> NextStates => _recurrent.NextStates;

    /// <summary>The name of the value that flows: at first the input, at last the output.</summary>
    public string Flow { get; private set; } = "";

    /// <summary>Begins with the input.</summary>
    /// <param name="input">Its name; [time, batch], [time, batch, features] or [batch, features].</param>
    public void Begin(string input)
    {
        Flow = input;
        _recurrent.Begin(input);
    }

    /// <summary>Adds the nodes of a layer.</summary>
    /// <exception cref="NotSupportedException">ONNX has no such layer, or not that option of it.</exception>
    public void Add(Layer layer)
    {
        string output = $"{layer.Name}.output";
        AddNodes(layer, output);
        _shape = layer.Plan(_plan, _shape);
    }

    private void AddNodes(Layer layer, string output)
    {
        switch (layer)
        {
            case Embedding embedding:
                AddEmbedding(embedding, output);
                break;
            case RecurrentLayer recurrent:
                Flow = _recurrent.Add(recurrent, Flow);
                break;
            case Dense dense:
                AddDense(dense);
                break;
            case LayerNormalization normalization:
                Flow = graph.Add("LayerNormalization", output, Flow, Constant(layer, "weight"), Constant(layer, "bias"))
                    .With("axis", -1).With("epsilon", (float)normalization.Epsilon).Output[0];
                break;
            case Activation activation:
                Flow = OnnxFunctions.Add(graph, activation.Function, Flow, output);
                break;
            case Dropout:
                break;
            case Flatten:
                AddFlatten(output);
                break;
            case RepeatVector repeat:
                string step = graph.Add("Unsqueeze", $"{layer.Name}.step", Flow, graph.Integers("axis_0", 0)).Output[0];
                string count = graph.Integers($"{layer.Name}.count", repeat.Count, 1, 1);
                Flow = graph.Add("Expand", output, step, count).Output[0];
                break;
            case TimePooling pooling:
                AddPooling(pooling, output);
                break;
            case Bidirectional or TimeDistributed { Inner: Dense or Activation or LayerNormalization or Dropout }:
                Add(((LayerWrapper)layer).Inner);
                break;
            default:
                throw new NotSupportedException(
                    $"{layer.Name}: a layer of type {layer.GetType().Name} cannot be written as ONNX");
        }
    }

    private void AddFlatten(string output)
    {
        if (!_shape.HasTime)
            return;
        string bySequence = graph.Add("Transpose", $"{output}.by_sequence", Flow).WithList("perm", 1L, 0, 2).Output[0];
        Flow = graph.Add("Reshape", output, bySequence, graph.Integers("rows", 0, -1)).Output[0];
    }

    private void AddPooling(TimePooling pooling, string output)
    {
        if (options.Lengths)
            throw new NotSupportedException(
                $"{pooling.Name}: with lengths, pooling over time cannot be written as ONNX");
        string time = graph.Integers("axis_0", 0);
        switch (pooling.Mode)
        {
            case PoolingMode.Last:
                string last =
                    graph.Add("Gather", $"{output}.last", Flow, graph.Integers("last", -1)).With("axis", 0).Output[0];
                Flow = graph.Add("Squeeze", output, last, time).Output[0];
                break;
            case PoolingMode.Maximum:
                Flow = graph.Add("ReduceMax", output, Flow).WithList("axes", 0L).With("keepdims", 0).Output[0];
                break;
            case PoolingMode.Mean:
                Flow = graph.Add("ReduceMean", output, Flow).WithList("axes", 0L).With("keepdims", 0).Output[0];
                break;
            default:
                throw new NotSupportedException($"{pooling.Name}: attention over time cannot be written as ONNX");
        }
    }

    private void AddEmbedding(Embedding embedding, string output)
    {
        if (embedding.PaddingId is { } padding && !options.Lengths)
        {
            throw new NotSupportedException(
                $"{embedding.Name}: ONNX has no padding id {padding}, only lengths: set OnnxOptions.Lengths");
        }

        Flow = graph.Add("Gather", output, graph.Constant(embedding.Table), Flow).Output[0];
    }

    private void AddDense(Dense dense)
    {
        string weight = dense.TiedTo is { } embedding ? graph.Constant(embedding.Table) : Constant(dense, "weight");
        string transposed =
            graph.Add("Transpose", $"{dense.Name}.transposed", weight).WithList("perm", 1L, 0).Output[0];
        Flow = graph.Add("MatMul", $"{dense.Name}.product", Flow, transposed).Output[0];
        if (dense.HasBias)
            Flow = graph.Add("Add", $"{dense.Name}.output", Flow, Constant(dense, "bias")).Output[0];
    }

    private string Constant(Layer layer, string parameter) =>
        graph.Constant(model.Parameters[$"{layer.Name}.{parameter}"]);
}
