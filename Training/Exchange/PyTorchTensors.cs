using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>A tensor that PyTorch has for a model.</summary>
/// <param name="Name">Its name, with the layer's in place of the module's path, such as <c>lstm.bias_hh_l0</c>.</param>
/// <param name="Layer">The layer's name.</param>
/// <param name="Parameter">The parameter that it belongs to.</param>
/// <param name="IsAdded">Whether it is the second bias of a layer that here has one: added in reading, 0 in
/// writing.</param>
internal sealed record PyTorchTensor(string Name, string Layer, Parameter Parameter, bool IsAdded)
{
    /// <summary>The part of the name behind the layer's.</summary>
    public string Own => Name[(Layer.Length + 1)..];
}

/// <summary>The tensors that PyTorch has for a model: one for each parameter, and both biases of recurrent
/// layers.</summary>
internal static class PyTorchTensors
{
    private const string InputBias = "bias_ih_l";

    /// <summary>All of them, in the model's order.</summary>
    /// <exception cref="NotSupportedException">PyTorch has no such layer, though its weights look the same.</exception>
    public static IReadOnlyList<PyTorchTensor> Of(Sequential model)
    {
        Dictionary<string, Layer> layers =
            model.Layers.ToDictionary(layer => layer.Name, Unwrapped, StringComparer.Ordinal);
        foreach ((string name, Layer layer) in layers)
        {
            if (layer is Gru { ResetAfter: false })
                throw new NotSupportedException(
                    $"PyTorchWeights: {name} resets before the product; PyTorch's GRU resets after");
        }

        var tensors = new List<PyTorchTensor>();
        foreach (Parameter parameter in model.Parameters.All)
        {
            string layer = LayerOf(model, parameter.Name);
            tensors.Add(new(parameter.Name, layer, parameter, IsAdded: false));
            string own = parameter.Name[(layer.Length + 1)..];
            if (layers[layer] is RecurrentLayer { SeparateBiases: false }
                && own.StartsWith(InputBias, StringComparison.Ordinal))
            {
                string second = own.Replace("bias_ih", "bias_hh", StringComparison.Ordinal);
                tensors.Add(new($"{layer}.{second}", layer, parameter, IsAdded: true));
            }
        }

        return tensors;
    }

    /// <summary>Whether a value of the second bias can be added to the first: not that of the gate that PyTorch's GRU
    /// multiplies after it was added.</summary>
    public static bool CanBeAdded(Sequential model, PyTorchTensor tensor, ReadOnlySpan<double> values) =>
        Unwrapped(model.Layers.First(layer => layer.Name == tensor.Layer)) is not Gru gru
        || !values[(2 * gru.Units)..].ContainsAnyExcept(0);

    /// <summary>The name of the layer that a parameter belongs to.</summary>
    public static string LayerOf(Sequential model, string parameter)
    {
        // Names may hold dots: of two that fit, the longer one is meant.
        return model.Layers.Select(layer => layer.Name)
            .Where(name => parameter.StartsWith($"{name}.", StringComparison.Ordinal))
            .OrderByDescending(name => name.Length)
            .First();
    }

    private static Layer Unwrapped(Layer layer) => layer is LayerWrapper wrapper ? Unwrapped(wrapper.Inner) : layer;
}
