using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// In training, sets each element to 0 with a probability p, independently, and multiplies the others by 1 / (1 - p),
/// so that the mean stays (Srivastava et al., 2014). Elsewhere it does nothing.
/// </summary>
/// <param name="probability">p, at least 0 and below 1.</param>
/// <exception cref="ArgumentOutOfRangeException">The probability is outside that range.</exception>
public sealed class Dropout(double probability) : Layer
{
    private RandomStream? _stream;

    /// <inheritdoc/>
    public override string Kind => DropoutConfig.Kind;

    /// <summary>The probability p.</summary>
    public double Probability { get; } = CheckProbability(probability);

    /// <summary>Whether all steps of a sequence share one mask (variational or locked dropout: Gal and Ghahramani, 2016).</summary>
    public bool OneMaskPerSequence { get; init; }

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        return input;
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams) => _stream = streams.Add(Name);

    /// <inheritdoc/>
    /// <remarks>Rows of a table are gathered first: each occurrence of a token has a mask of its own.</remarks>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        if (!tape.IsTraining || Probability == 0)
            return x;
        RandomStream stream = _stream ?? throw NotBuilt();
        Tensor values = x.Values;
        bool isVariational = OneMaskPerSequence && values.Shape.Rank == 3;
        return new(isVariational ? Masks.DropSequence(values, Probability, stream) : values.Dropout(Probability, stream), x.Mask);
    }

    internal override LayerConfig ToConfig() => new DropoutConfig(Name, Probability, OneMaskPerSequence);
}
