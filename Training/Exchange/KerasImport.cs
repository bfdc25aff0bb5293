using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>A model that came from Keras.</summary>
/// <param name="Model">The model, built, with the weights of the file. Dispose of it.</param>
/// <param name="OutputActivation">What Keras applies to the last output, such as <c>softmax</c>, or <c>linear</c>. It
/// is no part of the model: models here end in logits.</param>
public sealed record KerasImported(Sequential Model, string OutputActivation);

/// <summary>Makes models out of files of Keras, or gives their weights to a model that is there.</summary>
/// <remarks>What maps to what, and what is refused, is a table in the README of this project.</remarks>
public static class KerasImport
{
    /// <summary>Reads a file of a whole model.</summary>
    /// <param name="path">A file that <see cref="KerasFile"/> reads.</param>
    /// <param name="device">Where the model is to live.</param>
    /// <param name="seed">The seed of its dropout, if it is going to be trained.</param>
    /// <returns>The model and the activation of its output.</returns>
    /// <exception cref="ModelFileException">The file is unsound or holds weights alone, or the model has a layer or
    /// setting that is not known here; the message names it.</exception>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static KerasImported Load(string path, Backend device, ulong seed = 0) => Load(KerasFile.Read(path), device, seed);

    /// <summary>Makes a model out of what a file says.</summary>
    /// <param name="source">A whole model.</param>
    /// <param name="device">Where the model is to live.</param>
    /// <param name="seed">The seed of its dropout, if it is going to be trained.</param>
    /// <returns>The model and the activation of its output.</returns>
    /// <exception cref="ModelFileException">It holds weights alone, or has a layer or setting that is not known
    /// here.</exception>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public static KerasImported Load(KerasModel source, Backend device, ulong seed = 0)
    {
        if (source.Form != KerasForm.Model)
            throw new ModelFileException(source.File, null, "weights without a model: make the model, then use LoadWeights");

        string activation = KerasLayers.Linear;
        var pieces = new List<(KerasLayer From, Layer To)>();
        foreach (KerasLayer layer in source.Layers)
        {
            KerasTranslation translation = KerasLayers.Translate(source.File, layer);
            bool doesSomething = translation.Layer is not null || translation.Activation != KerasLayers.Linear;
            if (activation != KerasLayers.Linear && doesSomething)
            {
                throw new KerasSettings(source.File, layer)
                    .Refusal($"the activation {ForeignText.Quote(activation)} before it is refused: only the last output may have one");
            }

            activation = doesSomething ? translation.Activation : activation;
            if (translation.Layer is { } to)
                pieces.Add((layer, to));
        }

        return Guard(source, () =>
        {
            var model = new Sequential(InputWidth(source, pieces), [.. pieces.Select(piece => piece.To)]);
            return new KerasImported(Build(source, model, pieces, device, seed), activation);
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
        Dictionary<string, Shape> expected = model.Parameters.All.ToDictionary(p => p.Name, p => p.Shape, StringComparer.Ordinal);
        Dictionary<string, LayerArray> arrays = Guard(source, () => Collect(KerasMatch.Pair(source, model), expected));
        Set(model, arrays);
    }

    private static Sequential Build(
        KerasModel source, Sequential model, IReadOnlyList<(KerasLayer From, Layer To)> pieces, Backend device, ulong seed)
    {
        // Before any memory is taken: a description may ask for more than the arrays are worth.
        IReadOnlyList<ParameterPlan> plan = PlannedModel.Of(model).Plan.Parameters;
        Dictionary<string, Shape> expected = plan.ToDictionary(p => p.Name, p => p.Shape, StringComparer.Ordinal);
        Dictionary<string, LayerArray> arrays = Collect(pieces, expected);
        if (expected.Count == 0)
            throw new ModelFileException(source.File, null, "a model that learns nothing, expected a layer with weights");

        model.Build(device, seed);
        Set(model, arrays);
        return model;
    }

    // The arrays by name of parameter: exactly those that are expected, each of its shape.
    private static Dictionary<string, LayerArray> Collect(
        IReadOnlyList<(KerasLayer From, Layer To)> pieces, Dictionary<string, Shape> expected)
    {
        var arrays = new Dictionary<string, LayerArray>(StringComparer.Ordinal);
        foreach ((KerasLayer from, Layer to) in pieces)
        {
            foreach (LayerArray array in KerasMatch.Arrays(from, to))
            {
                string name = $"{to.Name}.{array.Parameter}";
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

    private static int InputWidth(KerasModel source, List<(KerasLayer From, Layer To)> pieces)
    {
        if (pieces.Count == 0 || pieces[0].To is Embedding)
            return 0;
        if (source.InputShape.Count is not (0 or 2))
        {
            string shape = string.Join(", ", source.InputShape.Select(size => size is null ? "any" : $"{size}"));
            throw new FormatException($"an input of shape [{shape}], expected [time, features], or tokens [time] and an Embedding");
        }

        // Old files leave it to the first kernel, [input, ...].
        return source.InputShape is [_, int width]
            ? width
            : pieces.SelectMany(piece => piece.From.Weights).FirstOrDefault()?.Shape[0] ?? 0;
    }

    private static T Guard<T>(KerasModel source, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception error) when (error is ArgumentException or ShapeException or FormatException or OverflowException)
        {
            throw new ModelFileException(source.File, null, ForeignText.OneLine(error.Message));
        }
    }
}
