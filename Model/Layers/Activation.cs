using System.Text.Json.Serialization;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>Applies a function to what flows through, shape kept.</summary>
/// <remarks>A final softmax or sigmoid makes probabilities of logits. Losses take logits, since probabilities underflow
/// to 0: training folds such a layer into the loss.</remarks>
/// <param name="function">Which function.</param>
/// <exception cref="ArgumentOutOfRangeException">There is no such function.</exception>
public sealed class Activation(ActivationFunction function) : Layer
{
    /// <inheritdoc/>
    public override string Kind => ActivationConfig.Kind;

    /// <summary>Which function.</summary>
    public ActivationFunction Function { get; } = Enum.IsDefined(function)
        ? function
        : throw new ArgumentOutOfRangeException(nameof(function), $"function {function}, expected a named one");

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        return input;
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        Tensor values = x.Values;
        return new(Function switch
        {
            ActivationFunction.Softmax => values.Softmax(),
            ActivationFunction.Sigmoid => values.Sigmoid(),
            ActivationFunction.Tanh => values.Tanh(),
            ActivationFunction.Relu => values.Relu(),
            ActivationFunction.Softplus => values.Softplus(),
            _ => values.GeluErf(),
        }, x.Mask);
    }

    internal override LayerConfig ToConfig() => new ActivationConfig(Name, Function);
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ActivationConfig(string Name, ActivationFunction Function) : LayerConfig(Name)
{
    public const string Kind = "activation";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => new Activation(Function) { Name = Name };
}
