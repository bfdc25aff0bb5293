using System.Text.Json.Serialization;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>Makes a sequence that says the same at every step: [batch, features] becomes [n, batch, features]. It gives an encoder's last state to each
/// step of a decoder.</summary>
/// <param name="count">n, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">n is below 1 or beyond reason.</exception>
public sealed class RepeatVector(int count) : Layer
{
    /// <inheritdoc/>
    public override string Kind => RepeatVectorConfig.Kind;

    /// <summary>The number of steps.</summary>
    public int Count { get; } = CheckSize(count, MaximumWidth);

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        return input.HasTime
            ? throw new ShapeException($"{Name}: takes [batch, features], but {input} flows in")
            : input with { HasTime = true, Steps = Count };
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        Tensor values = x.Values;
        int batch = values.Shape[0];
        int[] rows = new int[checked(Count * batch)];
        for (int k = 0; k < rows.Length; k++)
            rows[k] = k % batch;
        return new(values.Embedding(tape.Indices([Count, batch], rows)));
    }

    internal override LayerConfig ToConfig() => new RepeatVectorConfig(Name, Count);
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RepeatVectorConfig(string Name, int Count) : LayerConfig(Name)
{
    public const string Kind = "repeat_vector";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => new RepeatVector(Count) { Name = Name };
}
