using System.Text.Json;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The JSON in which Keras describes a model: its layers, as a list, or as a graph that has to be a plain
/// chain.</summary>
internal static class KerasConfig
{
    /// <summary>Reads a description.</summary>
    /// <param name="path">Path of the file, for messages.</param>
    /// <param name="version">The version of Keras that wrote it.</param>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="fill">Gives all layers, in the order of the description, their weights.</param>
    /// <exception cref="ModelFileException">It is no such description, or one of a model that is no chain of
    /// layers.</exception>
    public static KerasModel Parse(
        string path, string version, byte[] json, Func<IReadOnlyList<KerasLayer>, IReadOnlyList<KerasLayer>> fill)
    {
        try
        {
            // The parser refuses what is nested more than 64 deep.
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            string kind = Text(root, "class_name");
            JsonElement config = root.GetProperty("config");
            if (kind is not ("Sequential" or "Model" or "Functional"))
            {
                string found = ForeignText.Quote(kind);
                throw new ModelFileException(
                    path, null, $"a model of class {found}, expected Sequential, Functional or Model");
            }

            // Keras 1 and early 2 have the layers of a Sequential as the whole of its config.
            JsonElement list = config.ValueKind == JsonValueKind.Array ? config : config.GetProperty("layers");
            KerasNode[] nodes = [.. list.EnumerateArray().Select(Node)];
            IReadOnlyList<KerasLayer> layers = fill([.. nodes.Select(node => node.Layer)]);
            KerasNode[] filled = [.. nodes.Select((node, k) => node with { Layer = layers[k] })];
            KerasLayer[] chain = kind == "Sequential"
                ? [.. filled.Select(node => node.Layer)]
                : KerasGraph.Chain(path, config, filled);
            if (chain.Length == 0)
                throw new ModelFileException(path, null, "a model without layers, expected at least one");
            return new(path, version, KerasForm.Model, InputShape(chain[0].Settings), chain);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException or IndexOutOfRangeException)
        {
            string reason = ForeignText.OneLine(error.Message);
            throw new ModelFileException(
                path, null, $"expected the description of a model as Keras writes it; {reason}");
        }
    }

    /// <summary>A property that has to be text.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    /// <exception cref="InvalidOperationException">It is not text, or <paramref name="element"/> no object.</exception>
    public static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()
        ?? throw new InvalidOperationException($"{name} is null, expected text");

    private static KerasNode Node(JsonElement element)
    {
        JsonElement settings = element.GetProperty("config").Clone();
        string kind = Text(element, "class_name");
        string name = settings.TryGetProperty("name", out JsonElement own)
            ? own.GetString() ?? ""
            : Text(element, "name");
        JsonElement inbound = element.TryGetProperty("inbound_nodes", out JsonElement nodes) ? nodes.Clone() : default;
        return new(new(kind, name, settings, []), inbound);
    }

    private static int?[] InputShape(JsonElement settings)
    {
        foreach (string name in (ReadOnlySpan<string>)["batch_input_shape", "batch_shape"])
        {
            if (settings.TryGetProperty(name, out JsonElement shape) && shape.ValueKind == JsonValueKind.Array)
                return [.. shape.EnumerateArray().Skip(1).Select(Size)];
        }

        return [];
    }

    private static int? Size(JsonElement size) => size.ValueKind == JsonValueKind.Null ? null : size.GetInt32();
}

/// <summary>A layer of a description, and from where its input comes.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Inbound">The JSON of its inbound nodes; undefined in a plain list.</param>
internal sealed record KerasNode(KerasLayer Layer, JsonElement Inbound);
