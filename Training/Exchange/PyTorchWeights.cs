using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Exchanges weights with PyTorch by safetensors files. Parameters here have PyTorch's names and layouts, such
/// as
/// <c>weight_ih_l0</c>; what differs is the path of the module before them.</summary>
/// <remarks><para>A recurrent layer with one bias, as Keras has it, gets the sum of PyTorch's two, and gives 0 as the
/// second one.</para>
/// <para>In PyTorch: <c>safetensors.torch.save_model(model, path)</c> writes such a file, and <c>load_model</c>
/// reads it.</para></remarks>
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
    /// <exception cref="NotSupportedException">The model has a GRU that resets before the product, which PyTorch does
    /// not have.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static WeightsReport Load(
        string path, Sequential model, IReadOnlyDictionary<string, string>? modules = null, bool strict = true)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        IReadOnlyList<PyTorchTensor> expected = PyTorchTensors.Of(model);
        Dictionary<string, string> moduleOf = PyTorchModules.Match(file, expected, modules ?? _none);
        var loads = new List<(SafetensorsTensor Tensor, PyTorchTensor For)>();
        var missing = new List<string>();
        foreach (PyTorchTensor tensor in expected)
        {
            if (NameIn(tensor, moduleOf) is { } name && file.Contains(name))
                loads.Add((Fitting(file, file[name], tensor), tensor));
            else
                missing.Add(tensor.Name);
        }

        string[] unexpected = [.. file.Tensors.Select(t => t.Name).Except(loads.Select(load => load.Tensor.Name))];
        if (strict && (missing.Count > 0 || unexpected.Length > 0))
            throw new ModelFileException(
                path,
                null,
                $"parameters without a tensor: {List(missing)}; tensors without a parameter: {List(unexpected)}");

        Dictionary<Parameter, double[]> values = Values(file, model, loads);
        foreach ((Parameter parameter, double[] elements) in values)
            parameter.Set(elements);
        return new(
            [.. loads.Select(load => new LoadedTensor(load.Tensor.Name, load.Tensor.Type, load.For.Parameter.Name))],
            missing,
            unexpected);
    }

    /// <summary>Writes the weights of a model, whole or not at all.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="model">The model, built.</param>
    /// <param name="modules">Which module is which layer, path to name, as in <see cref="Load"/>; a layer that is not
    /// in it keeps its name.</param>
    /// <exception cref="ArgumentException">A layer that is named is not there, or is named twice.</exception>
    /// <exception cref="NotSupportedException">The model has a GRU that resets before the product, which PyTorch does
    /// not have.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Save(string path, Sequential model, IReadOnlyDictionary<string, string>? modules = null)
    {
        Dictionary<string, string> moduleOf =
            model.Layers.ToDictionary(layer => layer.Name, layer => layer.Name, StringComparer.Ordinal);
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string module, string layer) in modules ?? _none)
        {
            if (!moduleOf.ContainsKey(layer))
                throw new ArgumentException(
                    $"PyTorchWeights: no layer '{layer}'; there are {string.Join(", ", moduleOf.Keys)}");
            if (!named.Add(layer))
                throw new ArgumentException($"PyTorchWeights: the layer '{layer}' is named for two modules");
            moduleOf[layer] = module;
        }

        IReadOnlyList<PyTorchTensor> tensors = PyTorchTensors.Of(model);
        var zeros = new List<View>();
        try
        {
            (string, View)[] written =
                [.. tensors.Select(tensor => (NameIn(tensor, moduleOf) ?? tensor.Name, Content(tensor)))];
            TensorFile.Write(path, model.Device, written);
        }
        finally
        {
            foreach (View view in zeros)
                model.Device.Pool.Return(view);
        }

        View Content(PyTorchTensor tensor)
        {
            if (!tensor.IsAdded)
                return tensor.Parameter.View;
            View zero = model.Device.Pool.Rent(tensor.Parameter.Shape, tensor.Name);
            zeros.Add(zero);
            model.Device.Fill(zero, 0);
            return zero;
        }
    }

    private static string? NameIn(PyTorchTensor tensor, Dictionary<string, string> moduleOf)
    {
        if (!moduleOf.TryGetValue(tensor.Layer, out string? module))
            return null;
        return module.Length == 0 ? tensor.Own : $"{module}.{tensor.Own}";
    }

    // By parameter: what its one tensor holds, or the sum of its two.
    private static Dictionary<Parameter, double[]> Values(
        SafetensorsFile file, Sequential model, IReadOnlyList<(SafetensorsTensor Tensor, PyTorchTensor For)> loads)
    {
        var values = new Dictionary<Parameter, double[]>();
        foreach ((SafetensorsTensor tensor, PyTorchTensor to) in loads)
        {
            double[] elements = new double[tensor.Count];
            file.Read(tensor.Name, elements);
            if (to.IsAdded && !PyTorchTensors.CanBeAdded(model, to, elements))
            {
                throw new ModelFileException(
                    file.FilePath,
                    null,
                    $"tensor {ForeignText.Show(tensor.Name)} for {to.Layer}, which has one bias: "
                    + "that of the candidate's recurrent product must be 0");
            }

            values[to.Parameter] = values.TryGetValue(to.Parameter, out double[]? first)
                ? [.. first.Zip(elements, (a, b) => a + b)]
                : elements;
        }

        return values;
    }

    private static SafetensorsTensor Fitting(SafetensorsFile file, SafetensorsTensor tensor, PyTorchTensor to)
    {
        Parameter parameter = to.Parameter;
        bool fits = tensor.Shape.Count == parameter.Shape.Rank
            && tensor.Shape.Select((size, k) => size == parameter.Shape[k]).All(equal => equal);
        if (!fits)
            throw new ModelFileException(
                file.FilePath,
                null,
                $"tensor {ForeignText.OneLine(tensor.ToString())} for {to.Name} {parameter.Shape}");
        bool isReal = tensor.Type
            is SafetensorsType.F64 or SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16;
        if (!isReal)
        {
            throw new ModelFileException(
                file.FilePath, null, $"tensor {ForeignText.OneLine(tensor.ToString())}, expected floating point");
        }

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
