using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>Gives the last axis of each element mean 0 and variance 1, then a learnt gain and shift (Ba et al.,
/// 2016).</summary>
/// <remarks>Parameters, named as in PyTorch: <c>weight</c>, the gain, 1 at first; <c>bias</c>, the shift, 0 at first;
/// [width] each.</remarks>
/// <param name="epsilon">Added to the variance, so that a constant row does not divide by 0; above 0.</param>
/// <exception cref="ArgumentOutOfRangeException">ε is not above 0, or not finite.</exception>
public sealed class LayerNormalization(double epsilon = 1e-5) : Layer
{
    private Parameter? _gain;
    private Parameter? _shift;

    /// <inheritdoc/>
    public override string Kind => LayerNormalizationConfig.Kind;

    /// <summary>What is added to the variance.</summary>
    public double Epsilon { get; } = epsilon > 0 && double.IsFinite(epsilon)
        ? epsilon
        : throw new ArgumentOutOfRangeException(nameof(epsilon), $"epsilon {epsilon}, expected above 0 and finite");

    private string GainName => $"{Name}.weight";

    private string ShiftName => $"{Name}.bias";

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        plan.AddParameter(GainName, [input.Width], Initializers.Constant(1));
        plan.AddParameter(ShiftName, [input.Width], Initializers.Constant(0));
        return input;
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
        _gain = parameters[GainName];
        _shift = parameters[ShiftName];
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor) =>
        new(x.Values.LayerNormalization(_gain ?? throw NotBuilt(), _shift ?? throw NotBuilt(), Epsilon), x.Mask);

    internal override LayerConfig ToConfig() => new LayerNormalizationConfig(Name, Epsilon);
}
