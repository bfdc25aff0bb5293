using System.Text.Json.Serialization;
using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Lets a recurrent layer read its sequences both ways, as Keras writes it: <c>new Bidirectional(new Lstm(64))</c>.</summary>
/// <remarks>This is the layer's own <see cref="Direction.Bidirectional"/>. As in Keras, where sequences flow out they are 0 at steps that do not count,
/// unless the layer's <see cref="RecurrentLayer.MaskedOutput"/> says otherwise; last states are those at each sequence's end and, of the other
/// direction, at its beginning. Stacked layers are each of both directions, with the merged output in between.</remarks>
public sealed class Bidirectional : LayerWrapper
{
    private readonly RecurrentLayer _layer;

    /// <summary>Wraps a layer.</summary>
    /// <param name="layer">The layer; it must not be one that reads backwards.</param>
    /// <param name="merge">How both directions become one output.</param>
    /// <exception cref="ArgumentException">The layer is part of a model or of another layer already, or reads backwards.</exception>
    public Bidirectional(RecurrentLayer layer, MergeMode merge = MergeMode.Concatenate)
        : base(layer)
    {
        if (layer.Direction == Direction.Backward)
            throw new ArgumentException("Bidirectional: the layer inside reads backwards, expected one that reads forwards", nameof(layer));
        layer.MakeBidirectional(merge);
        _layer = layer;
    }

    /// <inheritdoc/>
    public override string Kind => BidirectionalConfig.Kind;

    /// <summary>How both directions become one output.</summary>
    public MergeMode Merge => _layer.Merge;

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input) => _layer.Plan(plan, input);

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor) => _layer.Forward(tape, x, cursor);

    internal override LayerConfig ToConfig() => new BidirectionalConfig(Name, _layer.ToConfig());
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record BidirectionalConfig(string Name, LayerConfig Layer) : LayerConfig(Name)
{
    public const string Kind = "bidirectional";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => Layer.ToLayer(earlier) is RecurrentLayer recurrent
        ? new Bidirectional(recurrent, recurrent.Merge) { Name = Name }
        : throw new ArgumentException($"{Name}: the layer inside is not recurrent");
}
