using Google.Protobuf;
using MiniLstm.Model;
using MiniLstm.Training.Onnx;

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
            throw new ArgumentException($"OnnxExport: {bytes} bytes of weights, expected less than {int.MaxValue}", nameof(model));

        ModelProto file = Describe(model, options ?? new());
        AtomicFile.Write(path, stream => file.WriteTo(stream));
    }

    private static ModelProto Describe(Sequential model, OnnxOptions options)
    {
        var graph = new OnnxGraph();
        var layers = new OnnxLayers(graph, model, options.States);
        string input = model.InputWidth == 0 ? "tokens" : "values";
        string[] axes = options.BatchFirst ? ["batch", "time"] : ["time", "batch"];
        graph.Input(input, isInteger: model.InputWidth == 0, model.InputWidth == 0 ? axes : [.. axes, $"{model.InputWidth}"]);
        layers.Begin(options.BatchFirst ? Swapped(graph, input, $"{input}.time_major", model.InputWidth == 0 ? 2 : 3) : input);
        foreach (Layer layer in model.Layers)
            layers.Add(layer);

        FlowShape shape = model.Output;
        string last = shape.HasTime && options.BatchFirst ? Swapped(graph, layers.Flow, "batch_major", 3) : layers.Flow;
        string output = options.Probabilities
            ? graph.Add("Softmax", "probabilities", last).With("axis", -1).Output[0]
            : graph.Add("Identity", "logits", last).Output[0];
        graph.Output(output, shape.HasTime ? [.. axes, $"{shape.Width}"] : ["batch", $"{shape.Width}"]);

        foreach ((string name, int units) in layers.NextStates)
            graph.Output(name, "batch", $"{units}");

        var file = new ModelProto { IrVersion = IrVersion, ProducerName = "MiniLstm", Graph = graph.Graph };
        file.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorVersion });
        return file;
    }

    private static string Swapped(OnnxGraph graph, string value, string name, int rank) =>
        graph.Add("Transpose", name, value).With("perm", rank == 2 ? [1, 0] : [1, 0, 2]).Output[0];
}
