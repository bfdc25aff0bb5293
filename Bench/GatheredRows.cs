using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Bench;

/// <summary>Gathers the rows of an embedding at once, so that the layer above cannot multiply its table instead: a step without the token
/// table.</summary>
internal sealed class GatheredRows : Layer
{
    public override string Kind => "gathered-rows";

    public override FlowShape Plan(ModelPlan plan, FlowShape input) => input;

    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
    }

    public override Flow Forward(Tape tape, Flow x, StateCursor cursor) => new(x.Values, x.Mask);
}
