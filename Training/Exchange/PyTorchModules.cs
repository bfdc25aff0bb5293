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
    /// <param name="model">The model.</param>
    /// <param name="named">Modules that the caller names: path of the module to name of the layer.</param>
    /// <exception cref="ArgumentException">The caller names a layer that the model does not have, or one
    /// twice.</exception>
    /// <exception cref="ModelFileException">The caller names a module that the file does not have, or several modules
    /// fit.</exception>
    public static Dictionary<string, string> Match(
        SafetensorsFile file, Sequential model, IReadOnlyDictionary<string, string> named)
    {
        Dictionary<string, string> layers = Signatures(model.Parameters.All.Select(p => (p.Name, Shape: Text(p.Shape))), model);
        Dictionary<string, string> modules = Signatures(file.Tensors.Select(t => (t.Name, Shape: string.Join(", ", t.Shape))), null);
        Dictionary<string, string> found = Named(file, modules, layers, named);
        foreach (string layer in layers.Keys)
        {
            if (modules.ContainsKey(layer) && !found.ContainsKey(layer) && !found.ContainsValue(layer))
                found.Add(layer, layer);
        }

        foreach (IGrouping<string, string> kind in layers.Keys.Where(layer => !found.ContainsKey(layer)).GroupBy(layer => layers[layer]).ToArray())
        {
            string[] candidates = [.. modules.Keys.Where(module => modules[module] == kind.Key && !found.ContainsValue(module))];
            if (candidates.Length == 0)
                continue;
            string[] ordered = Ordered(candidates, kind.Count()) ?? throw Ambiguous(file, [.. kind], candidates);
            foreach ((string layer, string module) in kind.Zip(ordered))
                found.Add(layer, module);
        }

        return found;
    }

    /// <summary>The name of the layer that a parameter belongs to.</summary>
    public static string LayerOf(Sequential model, string parameter)
    {
        // Names may hold dots: of two that fit, the longer one is meant.
        return model.Layers.Select(layer => layer.Name)
            .Where(name => parameter.StartsWith($"{name}.", StringComparison.Ordinal))
            .OrderByDescending(name => name.Length)
            .First();
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
                throw new ArgumentException($"PyTorchWeights: no layer '{layer}' that learns; there are {string.Join(", ", layers.Keys)}");
            if (!modules.ContainsKey(module))
            {
                string there = string.Join(", ", modules.Keys.Take(10).Select(ForeignText.Show));
                throw new ModelFileException(file.FilePath, null, $"no tensors of a module {ForeignText.Quote(module)}; there are {there}");
            }

            if (!found.TryAdd(layer, module))
                throw new ArgumentException($"PyTorchWeights: the layer '{layer}' is named for two modules");
        }

        return found;
    }

    // For each owner of parameters, their names and shapes as one text.
    private static Dictionary<string, string> Signatures(IEnumerable<(string Name, string Shape)> all, Sequential? model)
    {
        return all
            .GroupBy(item => model is null ? item.Name[..Math.Max(0, item.Name.LastIndexOf('.'))] : LayerOf(model, item.Name))
            .ToDictionary(
                group => group.Key,
                group => string.Join("; ", group.Select(item => $"{item.Name[group.Key.Length..].TrimStart('.')} [{item.Shape}]").Order(StringComparer.Ordinal)),
                StringComparer.Ordinal);
    }

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
        int[] differing = [.. Enumerable.Range(0, parts[0].Length).Where(k => parts.Any(path => path[k] != parts[0][k]))];
        if (differing is not [int place] || !parts.All(path => int.TryParse(path[place], out _)))
            return null;
        return [.. candidates.OrderBy(name => int.Parse(name.Split('.')[place], System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static ModelFileException Ambiguous(SafetensorsFile file, string[] layers, string[] modules) => new(
        file.FilePath,
        null,
        $"the modules {string.Join(", ", modules.Select(ForeignText.Show))} all fit {string.Join(", ", layers)}: say which is which");

    private static string Text(Shape shape) => string.Join(", ", Enumerable.Range(0, shape.Rank).Select(k => shape[k]));
}
