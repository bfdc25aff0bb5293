using System.Text.Json.Serialization;
using MiniLstm.Engine;

namespace MiniLstm.Model;

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record LstmConfig(
    string Name,
    RecurrentOptions Recurrent,
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
    RecurrentOptions Recurrent,
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
internal sealed record SimpleRnnConfig(string Name, RecurrentOptions Recurrent, CellActivation Activation = CellActivation.Tanh)
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
