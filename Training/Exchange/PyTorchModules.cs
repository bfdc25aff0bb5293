using System.Globalization;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Finds out which module of a file of PyTorch is which layer of a model. A module is what stands before the
/// last dot of a tensor's name: <c>encoder.rnn</c> in <c>encoder.rnn.weight_ih_l0</c>.</summary>
internal static class PyTorchModules
{
    /// <summary>The module of each layer that has one. A layer whose module is named, or has the layer's own name, has
    /// that. Of the others, layers and modules with the same parameters of the same shapes belong together; where there
    /// are several of a kind, they have to be as many, and the modules to differ in one number alone, which gives their
    /// order.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tensors">What PyTorch has for the model.</param>
    /// <param name="named">Modules that the caller names: path of the module to name of the layer.</param>
    /// <exception cref="ArgumentException">The caller names a layer that the model does not have, or one
    /// twice.</exception>
    /// <exception cref="ModelFileException">The caller names a module that the file does not have, or several modules
    /// fit.</exception>
    public static Dictionary<string, string> Match(
        SafetensorsFile file, IReadOnlyList<PyTorchTensor> tensors, IReadOnlyDictionary<string, string> named)
    {
        Dictionary<string, string> layers = Signatures(tensors.Select(t => (t.Layer, t.Own, Text(t.Parameter.Shape))));
        Dictionary<string, string> modules = Signatures(file.Tensors.Select(Parts));
        Dictionary<string, string> found = Named(file, modules, layers, named);
        foreach (string layer in layers.Keys)
        {
            if (modules.ContainsKey(layer) && !found.ContainsKey(layer) && !found.ContainsValue(layer))
                found.Add(layer, layer);
        }

        string[] others = [.. layers.Keys.Where(layer => !found.ContainsKey(layer))];
        foreach (IGrouping<string, string> kind in others.GroupBy(layer => layers[layer]))
        {
            string[] candidates =
                [.. modules.Keys.Where(module => modules[module] == kind.Key && !found.ContainsValue(module))];
            if (candidates.Length == 0)
                continue;
            string[] ordered = Ordered(candidates, kind.Count()) ?? throw Ambiguous(file, [.. kind], candidates);
            foreach ((string layer, string module) in kind.Zip(ordered))
                found.Add(layer, module);
        }

        return found;
    }

    private static Dictionary<string, string> Named(
        SafetensorsFile file,
        Dictionary<string, string> modules,
        Dictionary<string, string> layers,
        IReadOnlyDictionary<string, string> named)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string module, string layer) in named)
        {
            if (!layers.ContainsKey(layer))
                throw new ArgumentException(
                    $"PyTorchWeights: no layer '{layer}' that learns; there are {string.Join(", ", layers.Keys)}");
            if (!modules.ContainsKey(module))
            {
                string there = string.Join(", ", modules.Keys.Take(10).Select(ForeignText.Show));
                throw new ModelFileException(
                    file.FilePath, null, $"no tensors of a module {ForeignText.Quote(module)}; there are {there}");
            }

            if (!found.TryAdd(layer, module))
                throw new ArgumentException($"PyTorchWeights: the layer '{layer}' is named for two modules");
        }

        return found;
    }

    private static (string Owner, string Own, string Shape) Parts(SafetensorsTensor tensor)
    {
        int dot = tensor.Name.LastIndexOf('.');
        return (tensor.Name[..Math.Max(0, dot)], tensor.Name[(dot + 1)..], string.Join(", ", tensor.Shape));
    }

    // For each owner of tensors, their names and shapes as one text.
    private static Dictionary<string, string> Signatures(
        IEnumerable<(string Owner, string Own, string Shape)> all) => all
        .GroupBy(item => item.Owner)
        .ToDictionary(
            group => group.Key,
            group => string.Join("; ", group.Select(t => $"{t.Own} [{t.Shape}]").Order(StringComparer.Ordinal)),
            StringComparer.Ordinal);

    // As many modules as layers; several are in the order of the one number in which their names differ.
    private static string[]? Ordered(string[] candidates, int count)
    {
        if (candidates.Length != count)
            return null;
        if (count == 1)
            return candidates;

        string[][] parts = [.. candidates.Select(name => name.Split('.'))];
        if (parts.Any(path => path.Length != parts[0].Length))
            return null;
        int[] differing =
            [.. Enumerable.Range(0, parts[0].Length).Where(k => parts.Any(path => path[k] != parts[0][k]))];
        if (differing is not [int place] || !parts.All(path => int.TryParse(path[place], out _)))
            return null;
        return [.. candidates.OrderBy(name => int.Parse(name.Split('.')[place], CultureInfo.InvariantCulture))];
    }

    private static ModelFileException Ambiguous(SafetensorsFile file, string[] layers, string[] modules) => new(
        file.FilePath,
        null,
        $"the modules {string.Join(", ", modules.Select(ForeignText.Show))} all fit {string.Join(", ", layers)}: "
        + "say which is which");

    private static string Text(Shape shape) => string.Join(", ", Enumerable.Range(0, shape.Rank).Select(k => shape[k]));
}
