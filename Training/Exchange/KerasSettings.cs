using System.Text.Json;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The settings of a layer of Keras, asked for by name and type. Names changed over the versions; each
/// question lists them.</summary>
/// <param name="source">The model that the layer is part of.</param>
/// <param name="layer">The layer.</param>
internal sealed class KerasSettings(KerasModel source, KerasLayer layer)
{
    private const int MaximumName = 80;

    /// <summary>The first number of the version that wrote the file.</summary>
    public int MajorVersion => source.MajorVersion;

    /// <summary>The layer's class.</summary>
    public string Kind => layer.Kind;

    /// <summary>The name that the layer has here. In Keras, names may hold other characters.</summary>
    public string LayerName
    {
        get
        {
            IEnumerable<char> name = layer.Name.Take(MaximumName)
                .Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '_');
            return layer.Name.Length > 0 ? string.Concat(name) : "unnamed";
        }
    }

    /// <summary>Whether a Bidirectional gives zero at masked steps: as part of TensorFlow from 2.2 on, alone from 2.4
    /// on. Those before repeat the last output, as a layer that reads one way does.</summary>
    public bool ZeroesMaskedSteps
    {
        get
        {
            string[] parts = source.KerasVersion.Split('.');
            int minor = parts.Length > 1 && int.TryParse(parts[1], out int number) ? number : 0;
            bool isTensorFlow = source.KerasVersion.EndsWith("-tf", StringComparison.Ordinal);
            return MajorVersion > 2 || (MajorVersion == 2 && minor >= (isTensorFlow ? 2 : 4));
        }
    }

    /// <summary>Whether a setting is there, and not null.</summary>
    public bool Has(string name) => Raw(name).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>A setting as it stands in the file; undefined, if it does not.</summary>
    public JsonElement Raw(string name) => Find([name]);

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

    /// <summary>A name such as that of an activation, or the given one.</summary>
    /// <exception cref="ModelFileException">Something else stands there.</exception>
    public string Name(string otherwise, params ReadOnlySpan<string> names)
    {
        return Find(names) switch
        {
            { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => otherwise,
            { ValueKind: JsonValueKind.String } value => value.GetString() ?? "",
            _ => throw Expected(names, "the name of a built-in"),
        };
    }

    /// <summary>Whether an axis, counted in [batch, time, features] or from the end, alone or as the only one of a
    /// list, is the last.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="input">What flows in.</param>
    public bool IsLastAxis(string name, FlowShape input)
    {
        int last = input.HasTime ? 2 : 1;
        JsonElement axis = Find([name]);
        if (axis.ValueKind == JsonValueKind.Array && axis.GetArrayLength() == 1)
            axis = axis[0];
        return axis.ValueKind == JsonValueKind.Undefined
            || (axis.ValueKind == JsonValueKind.Number
                && axis.TryGetInt32(out int number)
                && (number == -1 || number == last));
    }

    /// <summary>The settings of a layer that this one wraps, under this one's name.</summary>
    /// <exception cref="ModelFileException">There is none.</exception>
    public KerasSettings Inner(string name)
    {
        JsonElement inner = Find([name]);
        if (inner.ValueKind == JsonValueKind.Object
            && inner.TryGetProperty("class_name", out JsonElement kind) && kind.ValueKind == JsonValueKind.String
            && inner.TryGetProperty("config", out JsonElement settings) && settings.ValueKind == JsonValueKind.Object)
        {
            return new(source, layer with { Kind = kind.GetString() ?? "", Settings = settings });
        }

        throw Expected([name], "a layer");
    }

    /// <summary>The refusal of the layer.</summary>
    /// <param name="reason">Why, beginning with what of it is refused.</param>
    public ModelFileException Refusal(string reason) =>
        new(
            source.File,
            null,
            $"layer {ForeignText.Quote(layer.Name)} of class {ForeignText.Show(layer.Kind)}: {reason}");

    private JsonElement Find(ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (layer.Settings.ValueKind == JsonValueKind.Object
                && layer.Settings.TryGetProperty(name, out JsonElement value))
            {
                return value;
            }
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
