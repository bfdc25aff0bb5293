#region Layer
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>y = g tanh(W x + b) + (1 - g) x with a gate g = sigmoid(W' x + b') (Srivastava et al., 2015).</summary>
public sealed class Highway : Layer
{
    private Parameter? _weight;
    private Parameter? _bias;

    public override string Kind => "highway";

    // What it learns, before there is any memory, and what flows out.
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        plan.AddParameter($"{Name}.weight", [2 * input.Width, input.Width], Initializers.GlorotUniform);
        plan.AddParameter($"{Name}.bias", [2 * input.Width], Initializers.Zeros);
        return input;
    }

    // The parameters, once they exist.
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
        _weight = parameters[$"{Name}.weight"];
        _bias = parameters[$"{Name}.bias"];
    }

    // The mathematics; gradients follow. The mask passes on.
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        Tensor values = x.Values;
        int last = values.Shape.Rank - 1;
        int width = values.Shape.Columns;
        Tensor both = values.Linear(_weight ?? throw NotBuilt(), _bias);
        Tensor candidate = both.SliceAxis(last, 0, width).Tanh();
        Tensor gate = both.SliceAxis(last, width, width).Sigmoid();
        return new(values + gate * (candidate - values), x.Mask);
    }
}
#endregion
