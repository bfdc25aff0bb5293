using System.Text.Json;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The settings of a layer of Keras, asked for by name and type. Names changed over the versions; each
/// question lists them.</summary>
/// <param name="path">Path of the file, for messages.</param>
/// <param name="layer">The layer.</param>
internal sealed class KerasSettings(string path, KerasLayer layer)
{
    /// <summary>Path of the file.</summary>
    public string Path => path;

    /// <summary>A whole number.</summary>
    /// <exception cref="ModelFileException">It is not there, or none.</exception>
    public int Integer(params ReadOnlySpan<string> names) =>
        Find(names) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number)
            ? number
            : throw Expected(names, "a whole number");

    /// <summary>A number, or the given one.</summary>
    /// <exception cref="ModelFileException">Something else stands there.</exception>
    public double Number(double otherwise, params ReadOnlySpan<string> names)
    {
        return Find(names) switch
        {
            { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => otherwise,
            { ValueKind: JsonValueKind.Number } value => value.GetDouble(),
            _ => throw Expected(names, "a number"),
        };
    }

    /// <summary>Yes or no; no, if the version did not have the question.</summary>
    /// <exception cref="ModelFileException">Something else stands there.</exception>
    public bool Flag(string name, bool otherwise = false)
    {
        return Find([name]).ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => otherwise,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Expected([name], "true or false"),
        };
    }

    /// <summary>A name such as that of an activation; <c>linear</c>, if none is given.</summary>
    /// <exception cref="ModelFileException">Something else stands there.</exception>
    public string Name(params ReadOnlySpan<string> names)
    {
        return Find(names) switch
        {
            { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => "linear",
            { ValueKind: JsonValueKind.String } value => value.GetString() ?? "",
            _ => throw Expected(names, "the name of a built-in"),
        };
    }

    /// <summary>Whether an axis, counted in [batch, time, features] or from the end, alone or as the only one of a
    /// list, is the last.</summary>
    public bool IsLastAxis(string name)
    {
        JsonElement axis = Find([name]);
        if (axis.ValueKind == JsonValueKind.Array && axis.GetArrayLength() == 1)
            axis = axis[0];
        return axis.ValueKind == JsonValueKind.Undefined
            || (axis.ValueKind == JsonValueKind.Number && axis.TryGetInt32(out int number) && number is -1 or 2);
    }

    /// <summary>The layer that this one wraps.</summary>
    /// <exception cref="ModelFileException">There is none.</exception>
    public KerasLayer Inner()
    {
        JsonElement inner = Find(["layer"]);
        if (inner.ValueKind == JsonValueKind.Object
            && inner.TryGetProperty("class_name", out JsonElement kind) && kind.ValueKind == JsonValueKind.String
            && inner.TryGetProperty("config", out JsonElement settings) && settings.ValueKind == JsonValueKind.Object)
        {
            return new(kind.GetString() ?? "", layer.Name, settings, layer.Weights);
        }

        throw Expected(["layer"], "a layer");
    }

    /// <summary>The refusal of the layer.</summary>
    /// <param name="reason">Why, beginning with what of it is refused.</param>
    public ModelFileException Refusal(string reason) =>
        new(path, null, $"layer {ForeignText.Quote(layer.Name)} of class {ForeignText.Show(layer.Kind)}: {reason}");

    private JsonElement Find(ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (layer.Settings.ValueKind == JsonValueKind.Object && layer.Settings.TryGetProperty(name, out JsonElement value))
                return value;
        }

        return default;
    }

    private ModelFileException Expected(ReadOnlySpan<string> names, string what)
    {
        JsonElement found = Find(names);
        string text = found.ValueKind == JsonValueKind.Undefined ? "nothing" : ForeignText.Show(found.GetRawText());
        return Refusal($"expected {what} as {names[0]}, found {text}");
    }
}
