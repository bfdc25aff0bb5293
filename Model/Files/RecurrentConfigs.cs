using System.Text.Json.Serialization;
using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>The options that all recurrent layers have, in <c>config.json</c>; what they mean says <see cref="RecurrentLayer"/>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RecurrentConfig
{
    public required int Units { get; init; }

    public required int Layers { get; init; }

    public required double Dropout { get; init; }

    public required bool ReturnSequences { get; init; }

    public required bool Bias { get; init; }

    public bool SeparateBiases { get; init; } = true;

    public Direction Direction { get; init; }

    public MergeMode Merge { get; init; }

    public bool KeepsReadingOrder { get; init; }

    public MaskedOutput? MaskedOutput { get; init; }

    public double InputDropout { get; init; }

    public double RecurrentDropout { get; init; }

    public double WeightDropout { get; init; }

    public double HiddenZoneout { get; init; }

    public bool NormalizesSums { get; init; }

    public double Epsilon { get; init; } = 1e-5;

    public double ActivityPenalty { get; init; }

    public double TemporalPenalty { get; init; }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record LstmConfig(
    string Name,
    RecurrentConfig Recurrent,
    int Projection = 0,
    bool Peepholes = false,
    bool CoupledGates = false,
    double? CellClip = null,
    bool NormalizesCell = false,
    double CellZoneout = 0,
    CellActivation GateActivation = CellActivation.Sigmoid,
    CellActivation Activation = CellActivation.Tanh,
    CellActivation? OutputActivation = null)
    : LayerConfig(Name)
{
    public const string Kind = "lstm";

    public static LstmConfig Of(Lstm layer) => new(
        layer.Name,
        layer.Options,
        layer.Projection,
        layer.Peepholes,
        layer.CoupledGates,
        double.IsFinite(layer.CellClip) ? layer.CellClip : null,
        layer.NormalizesCell,
        layer.CellZoneout,
        layer.GateActivation,
        layer.Activation,
        layer.OutputActivation);

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) =>
        new Lstm(Recurrent)
        {
            Name = Name,
            Projection = Projection,
            Peepholes = Peepholes,
            CoupledGates = CoupledGates,
            CellClip = CellClip ?? double.PositiveInfinity,
            NormalizesCell = NormalizesCell,
            CellZoneout = CellZoneout,
            GateActivation = GateActivation,
            Activation = Activation,
            OutputActivation = OutputActivation,
        };
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record GruConfig(
    string Name,
    RecurrentConfig Recurrent,
    bool ResetAfter = true,
    CellActivation GateActivation = CellActivation.Sigmoid,
    CellActivation Activation = CellActivation.Tanh)
    : LayerConfig(Name)
{
    public const string Kind = "gru";

    public static GruConfig Of(Gru layer) =>
        new(layer.Name, layer.Options, layer.ResetAfter, layer.GateActivation, layer.Activation);

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) =>
        new Gru(Recurrent)
        {
            Name = Name,
            ResetAfter = ResetAfter,
            GateActivation = GateActivation,
            Activation = Activation,
        };
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record SimpleRnnConfig(string Name, RecurrentConfig Recurrent, CellActivation Activation = CellActivation.Tanh)
    : LayerConfig(Name)
{
    public const string Kind = "simple_rnn";

    public static SimpleRnnConfig Of(SimpleRnn layer) => new(layer.Name, layer.Options, layer.Activation);

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) =>
        new SimpleRnn(Recurrent)
        {
            Name = Name,
            Activation = Activation,
        };
}
