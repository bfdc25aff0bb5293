namespace MiniLstm.Model;

/// <summary>What became of the tensors of a file and of the parameters of a model.</summary>
/// <param name="Loaded">The parameters that were given values, in the model's order.</param>
/// <param name="Missing">Parameters for which the file has no tensor; they keep their values.</param>
/// <param name="Unexpected">Tensors of the file for which the model has no parameter.</param>
public sealed record WeightsReport(
    IReadOnlyList<LoadedTensor> Loaded,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unexpected);

/// <summary>A tensor that became a parameter.</summary>
/// <param name="Tensor">Its name in the file, such as <c>encoder.rnn.weight_ih_l0</c>.</param>
/// <param name="Type">Its element type in the file; it is converted to that of the device.</param>
/// <param name="Parameter">The parameter's name, such as <c>lstm.weight_ih_l0</c>.</param>
public sealed record LoadedTensor(string Tensor, SafetensorsType Type, string Parameter);
