using System.Text.Json.Serialization;
using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Marks the steps whose features all have one value as padding: [time, batch, features] stays as it is, but those steps become 0 and do not
/// count in the layers above.</summary>
/// <remarks>The values come to the host to be compared, at the precision of the device: a wait for the device in each pass. NaN equals nothing, so that a step
/// with NaN counts. Steps that a mask has left out before stay left out.</remarks>
/// <param name="value">The value that all features of padding have; finite.</param>
/// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
public sealed class Masking(double value = 0) : Layer
{
    /// <inheritdoc/>
    public override string Kind => MaskingConfig.Kind;

    /// <summary>The value that all features of padding have.</summary>
    public double Value { get; } = double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), $"value {value}, expected a finite number");

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        ExpectTime(input);
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
        SequenceMask mask = MaskOf(tape.Backend, values, x.Mask);
        return new(Masks.OnlyCounted(tape, values, mask), mask);
    }

    internal override LayerConfig ToConfig() => new MaskingConfig(Name, Value);

    private SequenceMask MaskOf(Backend device, Tensor values, SequenceMask? earlier)
    {
        (int steps, int batch, int width) = (values.Shape[0], values.Shape[1], values.Shape[2]);
        double padding = device.Real == ElementKind.Float32 ? (float)Value : Value;
        double[] features = values.ToArray();
        bool[] counts = new bool[steps * batch];
        for (int k = 0; k < counts.Length; k++)
        {
            bool isPadding = !features.AsSpan(k * width, width).ContainsAnyExcept(padding);
            counts[k] = !isPadding && (earlier is null || earlier[k / batch, k % batch]);
        }

        return SequenceMask.Of(counts, steps, batch);
    }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record MaskingConfig(string Name, double Value) : LayerConfig(Name)
{
    public const string Kind = "masking";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => new Masking(Value) { Name = Name };
}
