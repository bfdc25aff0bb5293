using System.Text.Json.Serialization;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>Puts all steps of a sequence side by side, the first one first, as Keras does: [time, batch, features] becomes
/// [batch, time · features]; what has no time stays as it is.</summary>
/// <remarks>The model has to know the number of steps: <c>new Sequential(new FlowShape(5, Steps: 6), …)</c>. Steps that do not count
/// flow on as they are, as in Keras.</remarks>
public sealed class Flatten : Layer
{
    /// <inheritdoc/>
    public override string Kind => FlattenConfig.Kind;

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        if (!input.HasTime)
            return input;
        if (input.Steps is not { } steps)
            throw new ShapeException(
                $"{Name}: takes sequences of a known number of steps, but {input} flows in; " +
                "give the model's input its Steps, as in new FlowShape(width, Steps: 6)");
        long width = (long)steps * input.Width;
        return width <= MaximumWidth
            ? new((int)width, HasTime: false)
            : throw new ShapeException($"{Name}: {steps} steps of {input.Width} features are {width}, expected at most {MaximumWidth}");
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        Tensor values = x.Values;
        if (values.Shape.Rank == 2)
            return x;
        Tensor bySequence = values.Transpose(0, 1);
        (int batch, int steps, int width) = (bySequence.Shape[0], bySequence.Shape[1], bySequence.Shape[2]);
        return new(bySequence.Reshape([batch, checked(steps * width)]));
    }

    internal override LayerConfig ToConfig() => new FlattenConfig(Name);
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record FlattenConfig(string Name) : LayerConfig(Name)
{
    public const string Kind = "flatten";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => new Flatten { Name = Name };
}
