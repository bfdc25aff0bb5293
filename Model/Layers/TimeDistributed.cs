using System.Text.Json.Serialization;
using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Applies a layer that knows no time to each step: [time, batch, features] becomes [time, batch, width].</summary>
/// <remarks>Steps are rows to the inner layer, all at once. It is not told which count: what flows out at the others is what it makes of them, and
/// the mask passes on. A <see cref="Dense"/> does the same without this.</remarks>
/// <param name="layer">The layer; it must neither need a time axis nor make one.</param>
/// <exception cref="ArgumentException">The layer is part of a model or of another layer already.</exception>
public sealed class TimeDistributed(Layer layer) : LayerWrapper(layer)
{
    /// <inheritdoc/>
    public override string Kind => TimeDistributedConfig.Kind;

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        ExpectTime(input);
        FlowShape step = Inner.Plan(plan, new(input.Width, HasTime: false));
        return step.HasTime
            ? throw new ShapeException($"{Name}: {Inner.GetType().Name} makes {step} of each step, expected [batch, features]")
            : input with { Width = step.Width };
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        Tensor values = x.Values;
        (int steps, int batch) = (values.Shape[0], values.Shape[1]);
        Tensor rows = values.Reshape([checked(steps * batch), values.Shape.Columns]);
        Tensor output = Inner.Forward(tape, new Flow(rows), cursor).Values;
        return new(output.Reshape([steps, batch, output.Shape.Columns]), x.Mask);
    }

    internal override LayerConfig ToConfig() => new TimeDistributedConfig(Name, Inner.ToConfig());
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record TimeDistributedConfig(string Name, LayerConfig Layer) : LayerConfig(Name)
{
    public const string Kind = "time_distributed";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => new TimeDistributed(Layer.ToLayer(earlier)) { Name = Name };
}
