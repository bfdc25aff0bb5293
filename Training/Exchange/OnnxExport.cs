using Google.Protobuf;
using MiniLstm.Model;
using MiniLstm.Training.Onnx;
using TensorType = MiniLstm.Training.Onnx.TensorProto.Types.DataType;

namespace MiniLstm.Training;

/// <summary>Writes a model as an ONNX file, which other programs can run without this one.</summary>
/// <remarks>
/// <para>Input <c>tokens</c>, int64 [time, batch], or <c>values</c>, float32 [time, batch, features]; output
/// <c>logits</c> or
/// <c>probabilities</c>. With states: for each recurrent layer inputs such as <c>lstm.h_l0</c> and <c>lstm.c_l0</c>,
/// [batch, units], which may be left out and are then zero, and outputs <c>lstm.h_l0.next</c> and
/// <c>lstm.c_l0.next</c>. Time and batch are open.</para>
/// <para>Operators of version 17, in which layer normalisation appeared. Dropout, which acts in training only, leaves
/// no node.</para>
/// </remarks>
public static class OnnxExport
{
    private const int IrVersion = 8;
    private const int OperatorVersion = 17;

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="model">The model, built.</param>
    /// <param name="options">How; absent: logits, time first, with states.</param>
    /// <exception cref="NotSupportedException">ONNX has no layer like one of the model's; the message names
    /// it.</exception>
    /// <exception cref="ArgumentException">The weights do not fit the 2 GB that one file of the format can
    /// have.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Save(string path, Sequential model, OnnxOptions? options = null)
    {
        long bytes = checked(model.Parameters.Count * sizeof(float));
        if (bytes >= int.MaxValue)
            throw new ArgumentException(
                $"OnnxExport: {bytes} bytes of weights, expected less than {int.MaxValue}", nameof(model));

        ModelProto file = Describe(model, options ?? new());
        AtomicFile.Write(path, stream => file.WriteTo(stream));
    }

    private static ModelProto Describe(Sequential model, OnnxOptions options)
    {
        if (options.Lengths && !model.Input.HasTime)
            throw new NotSupportedException("lengths of an input without time, which has none");
        var graph = new OnnxGraph();
        var layers = new OnnxLayers(graph, model, options);
        FlowShape from = model.Input;
        string input = from.IsTokens ? "tokens" : "values";
        graph.Input(input, from.IsTokens ? TensorType.Int64 : TensorType.Float, Axes(from, options));
        bool swaps = options.BatchFirst && from.HasTime;
        layers.Begin(swaps ? Swapped(graph, input, $"{input}.time_major", from.IsTokens ? 2 : 3) : input);
        foreach (Layer layer in model.Layers)
            layers.Add(layer);

        FlowShape to = model.Output;
        string last = to.HasTime && options.BatchFirst ? Swapped(graph, layers.Flow, "batch_major", 3) : layers.Flow;
        graph.Output(AddOutput(graph, model.Layers[^1], last, options), Axes(to, options));

        foreach ((string name, int units) in layers.NextStates)
            graph.Output(name, "batch", $"{units}");

        var file = new ModelProto { IrVersion = IrVersion, ProducerName = "MiniLstm", Graph = graph.Graph };
        file.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorVersion });
        return file;
    }

    // A model that ends in probabilities has its own.
    private static string AddOutput(OnnxGraph graph, Layer last, string value, OnnxOptions options)
    {
        if (last is Activation { Function: ActivationFunction.Softmax or ActivationFunction.Sigmoid })
            return graph.Add("Identity", "probabilities", value).Output[0];
        return options.Probabilities
            ? graph.Add("Softmax", "probabilities", value).With("axis", -1).Output[0]
            : graph.Add("Identity", "logits", value).Output[0];
    }

    private static string[] Axes(FlowShape shape, OnnxOptions options)
    {
        string[] leading = !shape.HasTime ? ["batch"] : options.BatchFirst ? ["batch", "time"] : ["time", "batch"];
        return shape.IsTokens ? leading : [.. leading, $"{shape.Width}"];
    }

    private static string Swapped(OnnxGraph graph, string value, string name, int rank) =>
        graph.Add("Transpose", name, value).WithList("perm", (long[])(rank == 2 ? [1, 0] : [1, 0, 2])).Output[0];
}
