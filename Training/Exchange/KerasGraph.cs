using System.Text.Json;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Orders the layers of a functional model of Keras, which has to be a plain chain: one input, one output, and
/// no layer that takes several inputs, feeds several layers or is used twice.</summary>
internal static class KerasGraph
{
    /// <summary>The layers in order.</summary>
    /// <param name="path">Path of the file, for messages.</param>
    /// <param name="config">The model's description, with its inputs and outputs.</param>
    /// <param name="nodes">The layers in any order.</param>
    /// <exception cref="ModelFileException">They are no chain; the message says where.</exception>
    public static KerasLayer[] Chain(string path, JsonElement config, IReadOnlyList<KerasNode> nodes)
    {
        string input = Only(path, config, "input_layers", "inputs");
        string output = Only(path, config, "output_layers", "outputs");
        var byName = new Dictionary<string, KerasNode>(StringComparer.Ordinal);
        foreach (KerasNode node in nodes)
        {
            if (!byName.TryAdd(node.Layer.Name, node))
                throw new ModelFileException(path, null, $"two layers are named {ForeignText.Quote(node.Layer.Name)}");
        }

        var after = new Dictionary<string, KerasLayer>(StringComparer.Ordinal);
        foreach (KerasNode node in nodes.Where(node => node.Layer.Name != input))
        {
            string before = Before(path, node);
            if (!after.TryAdd(before, node.Layer))
            {
                string two = $"{ForeignText.Show(after[before].Name)} and {ForeignText.Show(node.Layer.Name)}";
                throw NoChain(path, $"{ForeignText.Quote(before)} feeds both {two}");
            }
        }

        if (!byName.TryGetValue(input, out KerasNode? first))
            throw NoChain(path, $"the input layer {ForeignText.Quote(input)} is not there");
        var chain = new List<KerasLayer> { first.Layer };
        while (chain.Count <= nodes.Count && after.TryGetValue(chain[^1].Name, out KerasLayer? next))
            chain.Add(next);
        if (chain.Count != nodes.Count)
            throw NoChain(path, $"{chain.Count} of {nodes.Count} layers follow its input");
        if (chain[^1].Name != output)
            throw NoChain(path, $"its output is that of {ForeignText.Quote(output)}, not of the last layer");
        return [.. chain];
    }

    // [["name", 0, 0]], or the one of Keras 3, ["name", 0, 0].
    private static string Only(string path, JsonElement config, string property, string what)
    {
        JsonElement list = config.GetProperty(property);
        if (list.GetArrayLength() > 0 && list[0].ValueKind == JsonValueKind.String)
            return list[0].GetString() ?? "";
        if (list.GetArrayLength() != 1)
            throw NoChain(path, $"it has {list.GetArrayLength()} {what}");
        return list[0][0].GetString() ?? "";
    }

    private static string Before(string path, KerasNode node)
    {
        string name = ForeignText.Quote(node.Layer.Name);
        if (node.Inbound.ValueKind != JsonValueKind.Array || node.Inbound.GetArrayLength() == 0)
            throw NoChain(path, $"{name} is another input");
        if (node.Inbound.GetArrayLength() > 1)
            throw NoChain(path, $"{name} is used {node.Inbound.GetArrayLength()} times");

        var sources = new List<string>();
        AddSources(node.Inbound[0], sources);
        return sources.Count == 1 ? sources[0] : throw NoChain(path, $"{name} takes {sources.Count} inputs");
    }

    // Keras 1 and 2: ["name", node, tensor, {arguments}], alone or in lists. Keras 3: any arguments, in which
    // "keras_history" marks a tensor. An argument may be a tensor too, such as initial states.
    private static void AddSources(JsonElement element, List<string> sources)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Name == "keras_history")
                    sources.Add(property.Value[0].GetString() ?? "");
                else
                    AddSources(property.Value, sources);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            if (IsTensor(element))
                sources.Add(element[0].GetString() ?? "");
            foreach (JsonElement item in element.EnumerateArray())
                AddSources(item, sources);
        }
    }

    private static bool IsTensor(JsonElement element) =>
        element.GetArrayLength() >= 3
        && element[0].ValueKind == JsonValueKind.String
        && element[1].ValueKind == JsonValueKind.Number
        && element[2].ValueKind == JsonValueKind.Number;

    private static ModelFileException NoChain(string path, string reason) =>
        new(path, null, $"expected a plain chain of layers, one input and one output; {reason}");
}
