using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>A linear map of the last axis: y = W x + b. The last layer of a model is one: its outputs are
/// logits.</summary>
/// <remarks>
/// Parameters: <c>weight</c> [units, input width] and <c>bias</c> [units], uniform in ± 1 / sqrt(input width) at first,
/// as in PyTorch. Tied to an embedding, W is the embedding's table (Press and Wolf, 2017; Inan et al., 2017): one
/// matrix says what tokens mean on both sides, and the layer has no <c>weight</c> of its own.
/// </remarks>
public sealed class Dense : Layer
{
    private Parameter? _weight;
    private Parameter? _bias;

    /// <summary>Makes the layer.</summary>
    /// <param name="units">Length of the output, at least 1.</param>
    /// <param name="bias">Whether there is a b.</param>
    /// <param name="tiedTo">The embedding whose table is W, or absent. Its width must be the input's, its vocabulary
    /// the units.</param>
    /// <exception cref="ArgumentOutOfRangeException">The units are below 1 or beyond reason.</exception>
    /// <exception cref="ArgumentException">The units are not the vocabulary of the embedding.</exception>
    public Dense(int units, bool bias = true, Embedding? tiedTo = null)
    {
        if (tiedTo is not null && tiedTo.Vocabulary != units)
            throw new ArgumentException(
                $"Dense: {units} units tied to an embedding of {tiedTo.Vocabulary} tokens, expected as many",
                nameof(units));
        Units = CheckSize(units, int.MaxValue);
        HasBias = bias;
        TiedTo = tiedTo;
    }

    /// <inheritdoc/>
    public override string Kind => DenseConfig.Kind;

    /// <summary>Length of the output.</summary>
    public int Units { get; }

    /// <summary>Whether there is a b.</summary>
    public bool HasBias { get; }

    /// <summary>The embedding whose table is W, or nothing.</summary>
    public Embedding? TiedTo { get; }

    /// <summary>Whose first values are taken where none are given.</summary>
    public Defaults Defaults { get; init; }

    /// <summary>First values of the weight; absent: by <see cref="Defaults"/>.</summary>
    public Initializer? WeightInitializer { get; init; }

    /// <summary>First values of the bias; absent: by <see cref="Defaults"/>.</summary>
    public Initializer? BiasInitializer { get; init; }

    /// <summary>What the size of the weight adds to the loss in training. A table that is tied has the embedding's.</summary>
    public Regularizer? WeightRegularizer { get; init; }

    /// <summary>What the size of the bias adds to the loss in training.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>What holds for the weight after each update. A table that is tied has the embedding's.</summary>
    public MaxNorm? WeightConstraint { get; init; }

    /// <summary>What holds for the bias after each update.</summary>
    public MaxNorm? BiasConstraint { get; init; }

    private string WeightName => $"{Name}.weight";

    private string BiasName => $"{Name}.bias";

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        if (TiedTo is not null && !plan.Layers.Contains(TiedTo))
            throw new ShapeException($"{Name}: tied to an embedding that is not part of the model");
        if (TiedTo is not null && TiedTo.Width != input.Width)
            throw new ShapeException(
                $"{Name}: tied to {TiedTo.Name}, whose rows have {TiedTo.Width} elements, but {input} flows in; " +
                "both widths must be equal");

        Initializer uniform = Initializers.Uniform(1 / Math.Sqrt(input.Width));
        bool isKeras = Defaults == Defaults.Keras;
        if (TiedTo is null)
            plan.AddParameter(
                WeightName,
                [Units, input.Width],
                WeightInitializer ?? (isKeras ? Initializers.GlorotUniform : uniform),
                WeightRegularizer,
                WeightConstraint);
        if (HasBias)
            plan.AddParameter(
                BiasName,
                [Units],
                BiasInitializer ?? (isKeras ? Initializers.Zeros : uniform),
                BiasRegularizer,
                BiasConstraint);
        return input with { Width = Units };
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
        _weight = TiedTo is null ? parameters[WeightName] : TiedTo.Table;
        _bias = HasBias ? parameters[BiasName] : null;
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor) => x.Linear(_weight ?? throw NotBuilt(), _bias);

    /// <summary>Whether so many rows of outputs are too large to stand whole, so that <see cref="Loss"/> computes them in chunks.</summary>
    internal bool LossIsChunked(long rows) => LinearCrossEntropy.RowsAtATime(rows, Units) < rows;

    /// <summary>The cross-entropy of the outputs for x, which are logits and are computed in chunks.</summary>
    internal Tensor Loss(Tensor x, IndexTensor targets, Reduction reduction, CrossEntropyOptions? options) =>
        x.LinearCrossEntropy(_weight ?? throw NotBuilt(), _bias, targets, reduction, options);

    internal override LayerConfig ToConfig() => new DenseConfig(Name, Units, HasBias, TiedTo?.Name);
}
