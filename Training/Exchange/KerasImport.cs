using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>A model that came from Keras.</summary>
/// <param name="Model">The model, built, with the weights of the file: the same input gives the same output, but with
/// the time axis first. A final softmax or sigmoid is its last layer. Dispose of it.</param>
/// <param name="Notes">What is worth saying about it, a line each: layers that carry states from batch to batch in
/// Keras, and those that were left out because they act in training only.</param>
public sealed record KerasImported(Sequential Model, IReadOnlyList<string> Notes);

/// <summary>Makes models out of files of Keras, or gives their weights to a model that is there.</summary>
/// <remarks>What maps to what, and what is refused, is a table in the README of this project.</remarks>
public static class KerasImport
{
    /// <summary>Reads a file of a whole model.</summary>
    /// <param name="path">A file that <see cref="KerasFile"/> reads.</param>
    /// <param name="device">Where the model is to live.</param>
    /// <param name="seed">The seed of its dropout, if it is going to be trained.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelFileException">The file is unsound or holds weights alone, or the model has a layer or
    /// setting that is not known here; the message names it.</exception>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static KerasImported Load(string path, Backend device, ulong seed = 0) =>
        Load(KerasFile.Read(path), device, seed);

    /// <summary>Makes a model out of what a file says.</summary>
    /// <param name="source">A whole model.</param>
    /// <param name="device">Where the model is to live.</param>
    /// <param name="seed">The seed of its dropout, if it is going to be trained.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelFileException">It holds weights alone, or has a layer or setting that is not known
    /// here.</exception>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public static KerasImported Load(KerasModel source, Backend device, ulong seed = 0)
    {
        if (source.Form != KerasForm.Model)
            throw new ModelFileException(
                source.File, null, "weights without a model: make the model, then use LoadWeights");

        FlowShape input = Guard(source, () => KerasInput.Of(source));
        var pieces = new List<(KerasLayer From, Layer? To)>();
        var layers = new List<Layer>();
        var notes = new List<string>();

        // Before any memory is taken: a description may ask for more than the arrays are worth.
        var plan = new ModelPlan(layers, seed);
        FlowShape flow = input;
        foreach (KerasLayer layer in source.Layers)
        {
            KerasTranslation translation = KerasLayers.Translate(source, layer, flow);
            pieces.Add((layer, translation.Layer));
            foreach (Layer? next in (ReadOnlySpan<Layer?>)[translation.Layer, translation.After])
            {
                if (next is null)
                    continue;
                layers.Add(next);
                flow = Guard(source, () => next.Plan(plan, flow));
            }

            if (translation.Note is { } note)
                notes.Add(note);
            if (OfTrainingAlone(layer.Settings) is { Length: > 0 } left)
                notes.Add($"{layer.Name}: {string.Join(", ", left)} are not taken over: they matter in training only");
        }

        return Guard(source, () =>
        {
            if (plan.Parameters.Count == 0)
                throw new FormatException("a model that learns nothing, expected a layer with weights");
            Dictionary<string, Shape> expected =
                plan.Parameters.ToDictionary(p => p.Name, p => p.Shape, StringComparer.Ordinal);
            Dictionary<string, LayerArray> arrays = Collect(pieces, expected);
            var model = new Sequential(input, [.. layers]);
            model.Build(device, seed);
            try
            {
                Set(model, arrays);
            }
            catch
            {
                model.Dispose();
                throw;
            }

            return new KerasImported(model, notes);
        });
    }

    /// <summary>Gives the weights of a file to a model, layer by layer: in the file's order or, in a <c>.weights.h5</c>
    /// of Keras 3, by class and number.</summary>
    /// <param name="path">A file that <see cref="KerasFile"/> reads, with or without a description of the
    /// model.</param>
    /// <param name="model">The model, built. Nothing is written to it unless all arrays fit.</param>
    /// <exception cref="ModelFileException">The file is unsound, or has other layers or arrays than the model
    /// needs.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static void LoadWeights(string path, Sequential model)
    {
        KerasModel source = KerasFile.Read(path);
        Dictionary<string, Shape> expected =
            model.Parameters.All.ToDictionary(p => p.Name, p => p.Shape, StringComparer.Ordinal);
        Dictionary<string, LayerArray> arrays = Guard(source, () => Collect(KerasMatch.Pair(source, model), expected));
        Set(model, arrays);
    }

    // Settings that change nothing in what the weights compute.
    private static string[] OfTrainingAlone(JsonElement settings) => settings.ValueKind != JsonValueKind.Object
        ? []
        :
        [
            .. settings.EnumerateObject()
                .Where(setting => setting.Value.ValueKind is not JsonValueKind.Null
                    && (setting.Name.EndsWith("_regularizer", StringComparison.Ordinal)
                        || setting.Name.EndsWith("_constraint", StringComparison.Ordinal)))
                .Select(setting => setting.Name),
        ];

    // The arrays by name of parameter: exactly those that are expected, each of its shape.
    private static Dictionary<string, LayerArray> Collect(
        IReadOnlyList<(KerasLayer From, Layer? To)> pieces, Dictionary<string, Shape> expected)
    {
        var arrays = new Dictionary<string, LayerArray>(StringComparer.Ordinal);
        foreach ((KerasLayer from, Layer? to) in pieces)
        {
            foreach (LayerArray array in KerasMatch.Arrays(from, to))
            {
                string name = $"{to?.Name}.{array.Parameter}";
                if (!expected.TryGetValue(name, out Shape shape))
                    throw new FormatException($"{from.Name}: an array for {name}, which the model does not have");
                if (new Shape(array.Shape) != shape)
                    throw new FormatException($"{from.Name}: an array {new Shape(array.Shape)} for {name} {shape}");
                arrays[name] = array;
            }
        }

        string[] missing = [.. expected.Keys.Where(name => !arrays.ContainsKey(name))];
        if (missing.Length > 0)
            throw new FormatException($"no array for {string.Join(", ", missing)}");
        return arrays;
    }

    private static void Set(Sequential model, Dictionary<string, LayerArray> arrays)
    {
        foreach (Parameter parameter in model.Parameters.All)
            parameter.Set(arrays[parameter.Name].Values);
    }

    private static T Guard<T>(KerasModel source, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception error) when (error is ArgumentException or ShapeException or FormatException
            or OverflowException)
        {
            throw new ModelFileException(source.File, null, ForeignText.OneLine(error.Message));
        }
    }
}
