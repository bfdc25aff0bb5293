using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The recurrent layers of Keras, in one direction and in both, as layers here.</summary>
internal static class KerasRecurrent
{
    // What both directions of a Bidirectional have to have in common.
    private static readonly string[] _common =
        ["units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences"];

    /// <summary>The classes of recurrent layers.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["CuDNNGRU", "CuDNNLSTM", "GRU", "LSTM", "SimpleRNN"];

    /// <summary>Whether the weights are laid out for cuDNN, which wants them transposed.</summary>
    public static bool IsForCudnn(string kind) => kind is "CuDNNGRU" or "CuDNNLSTM";

    /// <summary>A layer that reads one way.</summary>
    public static KerasTranslation Translate(KerasSettings settings)
    {
        Direction direction = settings.Flag("go_backwards") ? Direction.Backward : Direction.Forward;
        return new(Make(settings, direction, MergeMode.Concatenate), Note: StatefulNote(settings));
    }

    /// <summary>A layer that reads both ways.</summary>
    public static KerasTranslation Bidirectional(KerasSettings settings)
    {
        KerasSettings inner = settings.Inner("layer");
        if (!Kinds.Contains(inner.Kind))
            throw settings.Refusal($"wraps {ForeignText.Show(inner.Kind)}, expected one of {string.Join(", ", Kinds)}");
        if (inner.Flag("go_backwards"))
            throw settings.Refusal(
                "go_backwards inside is refused: the first of the two directions reads forward here");
        ExpectSameBackward(settings, inner);
        MergeMode merge = settings.Name("none", "merge_mode") switch
        {
            "concat" => MergeMode.Concatenate,
            "sum" => MergeMode.Sum,
            "mul" => MergeMode.Multiply,
            "ave" => MergeMode.Average,
            "none" => throw settings.Refusal(
                "merge_mode null, which gives two outputs, is refused: layers here have one"),
            string other => throw settings.Refusal(
                $"merge_mode {ForeignText.Quote(other)}, expected concat, sum, mul or ave"),
        };
        return new(Make(inner, Direction.Bidirectional, merge), Note: StatefulNote(inner));
    }

    private static RecurrentLayer Make(KerasSettings settings, Direction direction, MergeMode merge)
    {
        if (settings.Flag("return_state"))
            throw settings.Refusal(
                "return_state is refused: layers here have one output, and states are passed beside it");
        if (settings.Flag("time_major"))
            throw settings.Refusal("time_major is refused: it makes the meaning of the input unclear");

        bool isLstm = settings.Kind is "LSTM" or "CuDNNLSTM";
        bool isGru = settings.Kind is "GRU" or "CuDNNGRU";
        bool isForCudnn = IsForCudnn(settings.Kind);
        bool resetAfter = isGru && (isForCudnn || settings.Flag("reset_after"));
        bool zeroes = settings.Flag("zero_output_for_mask")
            || direction == Direction.Bidirectional && settings.ZeroesMaskedSteps;
        var options = new RecurrentOptions
        {
            Units = settings.Integer("units", "output_dim"),
            ReturnSequences = settings.Flag("return_sequences"),
            Bias = settings.Flag("use_bias", otherwise: true),
            SeparateBiases = isForCudnn || resetAfter,
            Direction = direction,
            Merge = merge,
            KeepsReadingOrder = direction == Direction.Backward,
            MaskedOutput = zeroes ? MaskedOutput.Zero : MaskedOutput.Repeat,
            InputDropout = settings.Number(0, "dropout", "dropout_W"),
            RecurrentDropout = settings.Number(0, "recurrent_dropout", "dropout_U"),
        };
        CellActivation activation = KerasActivations.OfCell(settings, "tanh", "activation");
        if (!isLstm && !isGru)
            return new SimpleRnn(options) { Name = settings.LayerName, Defaults = Defaults.Keras, Activation = activation };

        CellActivation gate = KerasActivations.OfCell(settings, "sigmoid", "recurrent_activation", "inner_activation");
        return isLstm
            ? new Lstm(options)
            {
                Name = settings.LayerName,
                Defaults = Defaults.Keras,
                GateActivation = gate,
                Activation = activation,
            }
            : new Gru(options)
            {
                Name = settings.LayerName,
                Defaults = Defaults.Keras,
                ResetAfter = resetAfter,
                GateActivation = gate,
                Activation = activation,
            };
    }

    private static void ExpectSameBackward(KerasSettings settings, KerasSettings inner)
    {
        if (!settings.Has("backward_layer"))
            return;
        KerasSettings backward = settings.Inner("backward_layer");
        bool isSame = backward.Kind == inner.Kind
            && _common.All(name => JsonElement.DeepEquals(backward.Raw(name), inner.Raw(name)));
        if (!isSame)
            throw settings.Refusal("a backward_layer with other settings than the forward one is refused");
    }

    private static string? StatefulNote(KerasSettings settings) => settings.Flag("stateful")
        ? $"{settings.LayerName} is stateful in Keras; here the caller carries the state: NewState, Forward, KeepFrom"
        : null;
}
