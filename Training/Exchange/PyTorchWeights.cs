using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Exchanges weights with PyTorch by safetensors files. Parameters here have PyTorch's names and layouts, such
/// as
/// <c>weight_ih_l0</c>; what differs is the path of the module before them.</summary>
/// <remarks>In PyTorch: <c>safetensors.torch.save_model(model, path)</c> writes such a file, and <c>load_model</c>
/// reads it.</remarks>
public static class PyTorchWeights
{
    private const int MaximumListed = 10;
    private static readonly Dictionary<string, string> _none = [];

    /// <summary>Reads the weights of a file into a model. Nothing is written to it unless all is as expected.</summary>
    /// <param name="path">The file; F64, F32, F16 and BF16 are converted.</param>
    /// <param name="model">The model, built.</param>
    /// <param name="modules">Which module is which layer, path to name, such as <c>encoder.rnn</c> to <c>lstm</c>;
    /// where it is absent, names, parameters and shapes have to make it clear.</param>
    /// <param name="strict">Whether every tensor must find its parameter, and every parameter its tensor.</param>
    /// <returns>What was loaded, what was missing, what was left over.</returns>
    /// <exception cref="ModelFileException">The file is unsound; a tensor has another shape than its parameter, or is
    /// not of floating point; several modules fit a layer; or, if strict, tensors are missing or
    /// unexpected.</exception>
    /// <exception cref="ArgumentException">A layer that is named is not there, or is named twice.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static WeightsReport Load(
        string path, Sequential model, IReadOnlyDictionary<string, string>? modules = null, bool strict = true)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Dictionary<string, string> moduleOf = PyTorchModules.Match(file, model, modules ?? _none);
        var loads = new List<(SafetensorsTensor Tensor, Parameter Parameter)>();
        var missing = new List<string>();
        foreach (Parameter parameter in model.Parameters.All)
        {
            if (TensorName(model, parameter.Name, moduleOf) is { } name && file.Contains(name))
                loads.Add((Fitting(file, file[name], parameter), parameter));
            else
                missing.Add(parameter.Name);
        }

        string[] unexpected = [.. file.Tensors.Select(t => t.Name).Except(loads.Select(load => load.Tensor.Name))];
        if (strict && (missing.Count > 0 || unexpected.Length > 0))
            throw new ModelFileException(path, null, $"parameters without a tensor: {List(missing)}; tensors without a parameter: {List(unexpected)}");

        foreach ((SafetensorsTensor tensor, Parameter parameter) in loads)
        {
            double[] values = new double[tensor.Count];
            file.Read(tensor.Name, values);
            parameter.Set(values);
        }

        return new([.. loads.Select(load => new LoadedTensor(load.Tensor.Name, load.Tensor.Type, load.Parameter.Name))], missing, unexpected);
    }

    /// <summary>Writes the weights of a model, whole or not at all.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="model">The model, built.</param>
    /// <param name="modules">Which module is which layer, path to name, as in <see cref="Load"/>; a layer that is not
    /// in it keeps its name.</param>
    /// <exception cref="ArgumentException">A layer that is named is not there, or is named twice.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Save(string path, Sequential model, IReadOnlyDictionary<string, string>? modules = null)
    {
        Dictionary<string, string> moduleOf = model.Layers.ToDictionary(layer => layer.Name, layer => layer.Name, StringComparer.Ordinal);
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string module, string layer) in modules ?? _none)
        {
            if (!moduleOf.ContainsKey(layer))
                throw new ArgumentException($"PyTorchWeights: no layer '{layer}'; there are {string.Join(", ", moduleOf.Keys)}");
            if (!named.Add(layer))
                throw new ArgumentException($"PyTorchWeights: the layer '{layer}' is named for two modules");
            moduleOf[layer] = module;
        }

        (string, View)[] tensors =
        [
            .. model.Parameters.All.Select(p => (TensorName(model, p.Name, moduleOf) ?? p.Name, p.View)),
        ];
        TensorFile.Write(path, model.Device, tensors);
    }

    private static string? TensorName(Sequential model, string parameter, Dictionary<string, string> moduleOf)
    {
        string layer = PyTorchModules.LayerOf(model, parameter);
        string own = parameter[(layer.Length + 1)..];
        if (!moduleOf.TryGetValue(layer, out string? module))
            return null;
        return module.Length == 0 ? own : $"{module}.{own}";
    }

    private static SafetensorsTensor Fitting(SafetensorsFile file, SafetensorsTensor tensor, Parameter parameter)
    {
        bool fits = tensor.Shape.Count == parameter.Shape.Rank
            && tensor.Shape.Select((size, k) => size == parameter.Shape[k]).All(equal => equal);
        if (!fits)
            throw new ModelFileException(file.FilePath, null, $"tensor {ForeignText.OneLine(tensor.ToString())} for {parameter.Name} {parameter.Shape}");
        if (tensor.Type is not (SafetensorsType.F64 or SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16))
            throw new ModelFileException(file.FilePath, null, $"tensor {ForeignText.OneLine(tensor.ToString())}, expected floating point");
        return tensor;
    }

    private static string List(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return "none";
        string first = string.Join(", ", names.Take(MaximumListed).Select(ForeignText.Show));
        return names.Count <= MaximumListed ? first : $"{first} and {names.Count - MaximumListed} more";
    }
}
