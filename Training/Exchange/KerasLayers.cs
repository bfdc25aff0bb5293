using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The layer that does what a layer of Keras does.</summary>
/// <param name="Layer">The layer, or nothing where none is needed.</param>
/// <param name="Activation">What Keras applies to its output, under Keras's name.</param>
internal sealed record KerasTranslation(Layer? Layer, string Activation = KerasLayers.Linear);

/// <summary>The table of layers: class of Keras to layer here. What is not in it is refused, and so is every setting
/// that a layer here cannot follow.</summary>
/// <remarks>Settings that act in training only (initialisers, regularisers, constraints, dropout inside of recurrent
/// layers) do not change what the weights compute, and are not taken over.</remarks>
internal static class KerasLayers
{
    /// <summary>Keras's name for no activation at all.</summary>
    public const string Linear = "linear";

    private const double KerasEpsilon = 1e-3;
    private const int MaximumName = 100;

    private static readonly Dictionary<string, Func<KerasLayer, KerasSettings, KerasTranslation>> _table =
        new(StringComparer.Ordinal)
        {
            ["InputLayer"] = (_, _) => new(null),
            ["Embedding"] = Embedding,
            ["LSTM"] = Lstm,
            ["CuDNNLSTM"] = Lstm,
            ["Dense"] = Dense,
            ["TimeDistributedDense"] = Dense,
            ["TimeDistributed"] = TimeDistributed,
            ["Dropout"] = Dropout,
            ["LayerNormalization"] = LayerNormalization,
            ["Activation"] = (_, settings) => new(null, settings.Name("activation")),
            ["Softmax"] = (_, _) => new(null, "softmax"),
        };

    /// <summary>The classes that the table has, sorted.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. _table.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Translates a layer.</summary>
    /// <param name="path">Path of the file, for messages.</param>
    /// <param name="layer">The layer.</param>
    /// <exception cref="ModelFileException">There is no such layer here, or it has a setting that cannot be
    /// followed.</exception>
    public static KerasTranslation Translate(string path, KerasLayer layer)
    {
        var settings = new KerasSettings(path, layer);
        if (!_table.TryGetValue(layer.Kind, out Func<KerasLayer, KerasSettings, KerasTranslation>? translate))
            throw settings.Refusal($"no layer here does that; there are {string.Join(", ", Known)}");
        try
        {
            return translate(layer, settings);
        }
        catch (ArgumentException error)
        {
            throw settings.Refusal(ForeignText.OneLine(error.Message));
        }
    }

    private static KerasTranslation Embedding(KerasLayer layer, KerasSettings settings)
    {
        if (settings.Flag("mask_zero"))
            throw settings.Refusal("mask_zero, the padding id 0, is refused: masks are not known here");
        return new(new Embedding(settings.Integer("input_dim"), settings.Integer("output_dim")) { Name = NameOf(layer) });
    }

    private static KerasTranslation Lstm(KerasLayer layer, KerasSettings settings)
    {
        RefuseOddRecurrence(settings);
        bool forCudnn = layer.Kind == "CuDNNLSTM";
        Expect(settings, forCudnn ? "tanh" : settings.Name("activation"), "tanh", "activation");
        Expect(settings, forCudnn ? "sigmoid" : settings.Name("recurrent_activation", "inner_activation"), "sigmoid", "recurrent_activation");
        var lstm = new Lstm(
            settings.Integer("units", "output_dim"),
            returnSequences: settings.Flag("return_sequences"),
            bias: settings.Flag("use_bias", otherwise: true))
        { Name = NameOf(layer) };
        return new(lstm);
    }

    private static KerasTranslation Dense(KerasLayer layer, KerasSettings settings)
    {
        // Keras 1 has "bias" where the later ones have "use_bias".
        bool bias = settings.Flag("use_bias", otherwise: settings.Flag("bias", otherwise: true));
        var dense = new Dense(settings.Integer("units", "output_dim"), bias) { Name = NameOf(layer) };
        return new(dense, settings.Name("activation"));
    }

    // A linear map treats every time step alike, wrapped or not.
    private static KerasTranslation TimeDistributed(KerasLayer layer, KerasSettings settings)
    {
        KerasLayer inner = settings.Inner();
        if (inner.Kind != "Dense")
            throw settings.Refusal($"wraps {ForeignText.Show(inner.Kind)}, expected Dense");
        return Dense(inner, new KerasSettings(settings.Path, inner));
    }

    private static KerasTranslation Dropout(KerasLayer layer, KerasSettings settings) =>
        new(new Dropout(settings.Number(0, "rate", "p")) { Name = NameOf(layer) });

    private static KerasTranslation LayerNormalization(KerasLayer layer, KerasSettings settings)
    {
        if (!settings.Flag("center", otherwise: true) || !settings.Flag("scale", otherwise: true))
            throw settings.Refusal("without center or scale; both are needed here");
        if (settings.Flag("rms_scaling"))
            throw settings.Refusal("rms_scaling is refused: here the mean is always subtracted");
        if (!settings.IsLastAxis("axis"))
            throw settings.Refusal("another axis than the last is refused");
        return new(new LayerNormalization(settings.Number(KerasEpsilon, "epsilon")) { Name = NameOf(layer) });
    }

    // Names in Keras may hold characters that names of layers here may not.
    private static string NameOf(KerasLayer layer)
    {
        string name = string.Concat(layer.Name.Take(MaximumName).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '_'));
        return name.Length > 0 ? name : "unnamed";
    }

    private static void RefuseOddRecurrence(KerasSettings settings)
    {
        if (settings.Flag("go_backwards"))
            throw settings.Refusal("go_backwards is refused: layers here run forward");
        if (settings.Flag("return_state"))
            throw settings.Refusal("return_state is refused: here the state is passed beside the outputs, always");
        if (settings.Flag("time_major"))
            throw settings.Refusal("time_major is refused: it makes the meaning of the input unclear");
    }

    private static void Expect(KerasSettings settings, string found, string expected, string what)
    {
        if (found != expected)
            throw settings.Refusal($"{what} {ForeignText.Quote(found)} is refused: here it is {expected}");
    }
}
