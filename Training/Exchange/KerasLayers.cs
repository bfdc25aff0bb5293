using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The table of layers: class of Keras to layers here. What is not in it is refused, and so is every setting
/// that a layer here cannot follow.</summary>
/// <remarks>Initialisers, regularisers and constraints do not change what the weights compute, and are not taken
/// over.</remarks>
internal static class KerasLayers
{
    private const double KerasEpsilon = 1e-3;

    private static readonly Dictionary<string, Func<KerasSettings, FlowShape, KerasTranslation>> _table =
        new(StringComparer.Ordinal)
        {
            ["InputLayer"] = (_, _) => new(null),
            ["Embedding"] = Embedding,
            ["LSTM"] = (settings, _) => KerasRecurrent.Translate(settings),
            ["GRU"] = (settings, _) => KerasRecurrent.Translate(settings),
            ["SimpleRNN"] = (settings, _) => KerasRecurrent.Translate(settings),
            ["CuDNNLSTM"] = (settings, _) => KerasRecurrent.Translate(settings),
            ["CuDNNGRU"] = (settings, _) => KerasRecurrent.Translate(settings),
            ["Bidirectional"] = (settings, _) => KerasRecurrent.Bidirectional(settings),
            ["Dense"] = Dense,
            ["TimeDistributedDense"] = Dense,
            ["TimeDistributed"] = TimeDistributed,
            ["Masking"] = (settings, _) =>
                new(new Masking(settings.Number(0, "mask_value")) { Name = settings.LayerName }),
            ["RepeatVector"] = (settings, _) =>
                new(new RepeatVector(settings.Integer("n")) { Name = settings.LayerName }),
            ["Flatten"] = Flatten,
            ["GlobalMaxPooling1D"] = (settings, _) => Pooling(settings, PoolingMode.Maximum),
            ["GlobalMaxPool1D"] = (settings, _) => Pooling(settings, PoolingMode.Maximum),
            ["GlobalAveragePooling1D"] = (settings, _) => Pooling(settings, PoolingMode.Mean),
            ["LayerNormalization"] = LayerNormalization,
            ["Activation"] = (settings, _) => new(KerasActivations.OfLayer(settings, settings.LayerName)),
            ["Softmax"] = Softmax,
            ["ReLU"] = Relu,
            ["ELU"] = Elu,
            ["Dropout"] = Dropout,
            ["SpatialDropout1D"] = NoiseInTraining,
            ["GaussianNoise"] = NoiseInTraining,
            ["GaussianDropout"] = NoiseInTraining,
            ["AlphaDropout"] = NoiseInTraining,
            ["ActivityRegularization"] = NoiseInTraining,
        };

    // Of those that people are likely to have, the reason; of all others, what there is.
    private static readonly Dictionary<string, string> _refusals = new(StringComparer.Ordinal)
    {
        ["BatchNormalization"] =
            "normalisation over a batch is refused: there is only that of each step, LayerNormalization",
        ["Lambda"] = "code in a file is never run",
        ["Permute"] = "the axes of a sequence are fixed here: [batch, time, features]",
        ["Reshape"] = "the axes of a sequence are fixed here: [batch, time, features]",
        ["RNN"] = "cells of one's own are refused, and so are stacked ones; there are LSTM, GRU and SimpleRNN",
        ["Sequential"] = "a model inside of a model is refused: its layers have to stand in the model itself",
        ["Functional"] = "a model inside of a model is refused: its layers have to stand in the model itself",
        ["Model"] = "a model inside of a model is refused: its layers have to stand in the model itself",
    };

    /// <summary>The classes that the table has, sorted.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. _table.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Translates a layer.</summary>
    /// <param name="source">The model that it is part of.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="input">What flows into it.</param>
    /// <exception cref="ModelFileException">There is no such layer here, or it has a setting that cannot be
    /// followed.</exception>
    public static KerasTranslation Translate(KerasModel source, KerasLayer layer, FlowShape input)
    {
        var settings = new KerasSettings(source, layer);
        if (!_table.TryGetValue(layer.Kind, out Func<KerasSettings, FlowShape, KerasTranslation>? translate))
        {
            string reason = _refusals.GetValueOrDefault(layer.Kind)
                ?? $"no layer here does that; there are {string.Join(", ", Known)}";
            throw settings.Refusal(reason);
        }

        try
        {
            return translate(settings, input);
        }
        catch (ArgumentException error)
        {
            throw settings.Refusal(ForeignText.OneLine(error.Message));
        }
    }

    private static KerasTranslation Embedding(KerasSettings settings, FlowShape input) =>
        new(new Embedding(settings.Integer("input_dim"), settings.Integer("output_dim"))
        {
            Name = settings.LayerName,
            PaddingId = settings.Flag("mask_zero") ? 0 : null,
            Defaults = Defaults.Keras,
        });

    private static KerasTranslation Dense(KerasSettings settings, FlowShape input)
    {
        // Keras 1 has "bias" where the later ones have "use_bias".
        bool bias = settings.Flag("use_bias", otherwise: settings.Flag("bias", otherwise: true));
        var dense = new Dense(settings.Integer("units", "output_dim"), bias)
        {
            Name = settings.LayerName,
            Defaults = Defaults.Keras,
        };
        return new(dense, KerasActivations.OfLayer(settings, $"{settings.LayerName}_activation"));
    }

    // These treat every time step alike, wrapped or not.
    private static KerasTranslation TimeDistributed(KerasSettings settings, FlowShape input)
    {
        KerasSettings inner = settings.Inner("layer");
        return inner.Kind switch
        {
            "Dense" => Dense(inner, input),
            "Dropout" => Dropout(inner, input),
            "Activation" => new(KerasActivations.OfLayer(inner, settings.LayerName)),
            _ => throw settings.Refusal($"wraps {ForeignText.Show(inner.Kind)}, expected Dense, Dropout or Activation"),
        };
    }

    private static KerasTranslation Flatten(KerasSettings settings, FlowShape input)
    {
        ExpectChannelsLast(settings);
        return new(new Flatten { Name = settings.LayerName });
    }

    private static KerasTranslation Pooling(KerasSettings settings, PoolingMode mode)
    {
        ExpectChannelsLast(settings);
        if (settings.Flag("keepdims"))
            throw settings.Refusal("keepdims is refused: here the time axis goes");
        return new(new TimePooling(mode) { Name = settings.LayerName, IgnoresMask = mode == PoolingMode.Maximum });
    }

    private static void ExpectChannelsLast(KerasSettings settings)
    {
        string format = settings.Name("channels_last", "data_format");
        if (format != "channels_last")
            throw settings.Refusal(
                $"data_format {ForeignText.Quote(format)} is refused: here features are the last axis");
    }

    private static KerasTranslation Softmax(KerasSettings settings, FlowShape input) =>
        settings.IsLastAxis("axis", input)
        ? new(new Activation(ActivationFunction.Softmax) { Name = settings.LayerName })
        : throw settings.Refusal("another axis than the last is refused");

    private static KerasTranslation Relu(KerasSettings settings, FlowShape input)
    {
        bool isPlain = settings.Number(0, "negative_slope") == 0
            && settings.Number(0, "threshold") == 0
            && double.IsInfinity(settings.Number(double.PositiveInfinity, "max_value"));
        return isPlain
            ? new(new Activation(ActivationFunction.Relu) { Name = settings.LayerName })
            : throw settings.Refusal("max_value, negative_slope and threshold are refused: here it is max(x, 0)");
    }

    private static KerasTranslation Elu(KerasSettings settings, FlowShape input) => settings.Number(1, "alpha") == 1
        ? new(new Activation(ActivationFunction.Elu) { Name = settings.LayerName })
        : throw settings.Refusal("another alpha than 1 is refused");

    private static KerasTranslation Dropout(KerasSettings settings, FlowShape input) =>
        new(new Dropout(settings.Number(0, "rate", "p")) { Name = settings.LayerName });

    private static KerasTranslation NoiseInTraining(KerasSettings settings, FlowShape input) =>
        new(null, Note: $"{settings.LayerName} of class {settings.Kind} acts in training only and is left out");

    private static KerasTranslation LayerNormalization(KerasSettings settings, FlowShape input)
    {
        if (!settings.Flag("center", otherwise: true) || !settings.Flag("scale", otherwise: true))
            throw settings.Refusal("without center or scale; both are needed here");
        if (settings.Flag("rms_scaling"))
            throw settings.Refusal("rms_scaling is refused: here the mean is always subtracted");
        if (!settings.IsLastAxis("axis", input))
            throw settings.Refusal("another axis than the last is refused");
        return new(new LayerNormalization(settings.Number(KerasEpsilon, "epsilon")) { Name = settings.LayerName });
    }
}
