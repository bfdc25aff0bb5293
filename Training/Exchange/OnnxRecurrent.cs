using MiniLstm.Engine;
using MiniLstm.Model;
using TensorType = MiniLstm.Training.Onnx.TensorProto.Types.DataType;

namespace MiniLstm.Training;

/// <summary>Writes recurrent layers as nodes <c>LSTM</c>, <c>GRU</c> and <c>RNN</c>, one for each of the stacked
/// layers,
/// both directions in one.</summary>
/// <param name="graph">Where the nodes go.</param>
/// <param name="model">The model whose parameters become constants.</param>
/// <param name="options">Whether there are states and lengths.</param>
internal sealed class OnnxRecurrent(OnnxGraph graph, Sequential model, OnnxOptions options)
{
    private const string BatchSize = "batch_size";
    private const string Counts = "counts";

    private readonly List<(string Name, int Units)> _nextStates = [];

    /// <summary>The names of the states after the last step, [batch, units] each, if there are states.</summary>
    public IReadOnlyList<(string Name, int Units)> NextStates => _nextStates;

    /// <summary>Begins with the input.</summary>
    /// <param name="input">Its name; [time, batch, ...], or [batch, features].</param>
    public void Begin(string input)
    {
        if (options.Lengths)
        {
            graph.Input(OnnxOptions.LengthsName, TensorType.Int32, "batch");
            AddCounts(input);
        }

        if (!options.States || model.Slots.Count == 0)
            return;
        int batchAxis = model.Input.HasTime ? 1 : 0;
        graph.Add("Shape", BatchSize, input).With("start", batchAxis).With("end", batchAxis + 1);
    }

    /// <summary>Adds the nodes of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">The name of what flows in.</param>
    /// <returns>The name of what flows out.</returns>
    /// <exception cref="NotSupportedException">ONNX has no such option.</exception>
    public string Add(RecurrentLayer layer, string input)
    {
        OnnxCell cell = OnnxCell.Of(layer);
        string flow = input;
        for (int k = 0; k < layer.Layers; k++)
            flow = AddLayer(cell, layer, k, flow);
        return flow;
    }

    private string AddLayer(OnnxCell cell, RecurrentLayer layer, int k, string input)
    {
        string name = $"{layer.Name}.l{k}";
        string[] suffixes = [.. Suffixes(layer).Select(suffix => $"_l{k}{suffix}")];
        string hidden =
            InitialState(layer, $"{name}.initial_h", [.. suffixes.Select(suffix => $"{layer.Name}.h{suffix}")]);
        List<string> inputs =
        [
            input,
            Stacked(layer, "weight_ih", suffixes, cell.Order),
            Stacked(layer, "weight_hh", suffixes, cell.Order),
            layer.HasBias ? Biases(layer, suffixes, cell.Order) : "",
            options.Lengths ? OnnxOptions.LengthsName : "",
            hidden,
        ];
        if (cell.HasCellState)
            inputs.Add(
                InitialState(layer, $"{name}.initial_c", [.. suffixes.Select(suffix => $"{layer.Name}.c{suffix}")]));
        if (cell.HasPeepholes)
            inputs.Add(Peepholes(layer, suffixes));

        Onnx.NodeProto node = graph.Add(cell.Operator, $"{name}.all", [.. inputs]).With("hidden_size", layer.Units);
        node.With("direction", layer.Direction switch
        {
            Direction.Forward => "forward",
            Direction.Backward => "reverse",
            _ => "bidirectional",
        });
        cell.Set(node, suffixes.Length);
        graph.AddOutput(node, $"{name}.last_hidden");
        if (cell.HasCellState)
            graph.AddOutput(node, $"{name}.last_cell");
        for (int d = 0; options.States && d < suffixes.Length; d++)
        {
            AddNextState(layer, $"{layer.Name}.h{suffixes[d]}", $"{name}.last_hidden", d);
            if (cell.HasCellState)
                AddNextState(layer, $"{layer.Name}.c{suffixes[d]}", $"{name}.last_cell", d);
        }

        bool isLastStep = k == layer.Layers - 1 && !layer.ReturnsSequences;
        return isLastStep
            ? Merged(layer, $"{name}.last_hidden", $"{name}.output", axis: 0)
            : Sequence(layer, name, hidden);
    }

    // [time, directions, batch, units] becomes [time, batch, width].
    private string Sequence(RecurrentLayer layer, string name, string initialHidden)
    {
        string all = $"{name}.all";
        bool isBidirectional = layer.Direction == Direction.Bidirectional;
        if (options.Lengths && layer.OutputAtMaskedSteps == MaskedOutput.Repeat)
        {
            if (isBidirectional)
            {
                throw new NotSupportedException(
                    $"{layer.Name}: after a sequence's end ONNX gives 0; both directions that repeat are refused");
            }

            // After its end a sequence repeats its last state; read backwards, it has not begun.
            string kept = layer.Direction == Direction.Forward ? $"{name}.last_hidden" : initialHidden;
            if (kept.Length > 0)
                all = graph.Add("Where", $"{name}.repeated", Counts, all, kept).Output[0];
        }

        string output = Merged(layer, all, $"{name}.output", axis: 1);
        if (!layer.KeepsReadingOrder)
            return output;
        string[] slices =
        [
            graph.Integers("first_last", -1),
            graph.Integers("beyond_first", long.MinValue),
            graph.Integers("axis_0", 0),
            graph.Integers("step_back", -1),
        ];
        return graph.Add("Slice", $"{name}.reading_order", [output, .. slices]).Output[0];
    }

    // Does away with the axis of directions.
    private string Merged(RecurrentLayer layer, string value, string name, int axis)
    {
        if (layer.Direction != Direction.Bidirectional)
            return graph.Add("Squeeze", name, value, graph.Integers($"axis_{axis}", axis)).Output[0];
        switch (layer.Merge)
        {
            case MergeMode.Sum:
                string directions = graph.Integers($"axis_{axis}", axis);
                return graph.Add("ReduceSum", name, value, directions).With("keepdims", 0).Output[0];
            case MergeMode.Multiply:
                return graph.Add("ReduceProd", name, value).WithList("axes", (long)axis).With("keepdims", 0).Output[0];
            case MergeMode.Average:
                return graph.Add("ReduceMean", name, value).WithList("axes", (long)axis).With("keepdims", 0).Output[0];
            default:
                Onnx.NodeProto turned = graph.Add("Transpose", $"{name}.turned", value);
                turned = axis == 0 ? turned.WithList("perm", 1L, 0, 2) : turned.WithList("perm", 0L, 2, 1, 3);
                string shape = axis == 0 ? graph.Integers("rows", 0, -1) : graph.Integers("steps_of_rows", 0, 0, -1);
                return graph.Add("Reshape", name, turned.Output[0], shape).Output[0];
        }
    }

    // [time, 1, batch, 1]: whether the step comes before the sequence's end.
    private void AddCounts(string input)
    {
        string zero = graph.Number("zero", 0);
        string steps = graph.Add("Shape", "steps", input).With("start", 0).With("end", 1).Output[0];
        string last = graph.Add("Squeeze", "steps.number", steps, graph.Integers("axis_0", 0)).Output[0];
        string range = graph.Add("Range", "steps.all", zero, last, graph.Number("one", 1)).Output[0];
        string column = graph.Add("Reshape", "steps.column", range, graph.Integers("column", -1, 1, 1, 1)).Output[0];
        string wide =
            graph.Add("Cast", "lengths.wide", OnnxOptions.LengthsName).With("to", (long)TensorType.Int64).Output[0];
        string row = graph.Add("Reshape", "lengths.row", wide, graph.Integers("row", 1, 1, -1, 1)).Output[0];
        graph.Add("Less", Counts, column, row);
    }

    // Inputs that may be left out: their default, one row of zeros, is widened to the batch; so is nothing that was
    // given.
    private string InitialState(RecurrentLayer layer, string name, string[] states)
    {
        if (!options.States)
            return "";
        int units = layer.Units;
        string shape = $"{layer.Name}.state_shape";
        if (!graph.Has(shape))
            graph.Add("Concat", shape, BatchSize, graph.Integers($"{layer.Name}.units", units)).With("axis", 0);
        var parts = new List<string>();
        foreach (string state in states)
        {
            graph.Input(state, TensorType.Float, "state_batch", $"{units}");
            graph.Constant(state, [1, units], new float[units]);
            string rows = graph.Add("Expand", $"{state}.rows", state, shape).Output[0];
            parts.Add(graph.Add("Unsqueeze", $"{state}.initial", rows, graph.Integers("axis_0", 0)).Output[0]);
        }

        return parts.Count == 1 ? parts[0] : graph.Add("Concat", name, [.. parts]).With("axis", 0).Output[0];
    }

    private void AddNextState(RecurrentLayer layer, string name, string last, int direction)
    {
        string one = layer.Direction == Direction.Bidirectional
            ? graph.Add("Gather", $"{name}.last", last, graph.Integers($"direction_{direction}", direction)).Output[0]
            : last;
        _nextStates.Add(
            (graph.Add("Squeeze", $"{name}.next", one, graph.Integers("axis_0", 0)).Output[0], layer.Units));
    }

    private static string[] Suffixes(RecurrentLayer layer) => layer.Direction switch
    {
        Direction.Forward => [""],
        Direction.Backward => ["_reverse"],
        _ => ["", "_reverse"],
    };

    // [gates * units, width] of each direction become [directions, gates * units, width], the gates in ONNX's order.
    private string Stacked(RecurrentLayer layer, string kind, string[] suffixes, int[] order)
    {
        Parameter[] parameters = [.. suffixes.Select(suffix => model.Parameters[$"{layer.Name}.{kind}{suffix}"])];
        float[] values =
            [.. parameters.SelectMany(p => Reordered(OnnxGraph.Values(p), layer.Units * p.Shape[1], order))];
        return graph.Constant(
            parameters[0].Name, [parameters.Length, (long)order.Length * layer.Units, parameters[0].Shape[1]], values);
    }

    // Those of the input, then those of the state, in one.
    private string Biases(RecurrentLayer layer, string[] suffixes, int[] order)
    {
        var values = new List<float>();
        foreach (string suffix in suffixes)
        {
            values.AddRange(
                Reordered(OnnxGraph.Values(model.Parameters[$"{layer.Name}.bias_ih{suffix}"]), layer.Units, order));
            values.AddRange(layer.SeparateBiases
                ? Reordered(OnnxGraph.Values(model.Parameters[$"{layer.Name}.bias_hh{suffix}"]), layer.Units, order)
                : new float[order.Length * layer.Units]);
        }

        return graph.Constant(
            $"{layer.Name}.bias{suffixes[0]}", [suffixes.Length, values.Count / suffixes.Length], [.. values]);
    }

    // i, f, o become i, o, f.
    private string Peepholes(RecurrentLayer layer, string[] suffixes)
    {
        Parameter[] parameters = [.. suffixes.Select(suffix => model.Parameters[$"{layer.Name}.peephole{suffix}"])];
        float[] values = [.. parameters.SelectMany(p => Reordered(OnnxGraph.Values(p), layer.Units, [0, 2, 1]))];
        return graph.Constant(parameters[0].Name, [parameters.Length, 3L * layer.Units], values);
    }

    // A gate that is not there is zero.
    private static float[] Reordered(float[] values, int gate, int[] order)
    {
        float[] reordered = new float[order.Length * gate];
        for (int k = 0; k < order.Length; k++)
        {
            if (order[k] >= 0)
                values.AsSpan(order[k] * gate, gate).CopyTo(reordered.AsSpan(k * gate));
        }

        return reordered;
    }
}
