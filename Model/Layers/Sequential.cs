using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>A model: layers, each fed with what flows out of the one before. Language models end in logits.</summary>
/// <remarks>
/// It is described by its layers, takes memory with <see cref="Network.Build(Backend, ulong)"/>, and returns it with
/// <see cref="Network.Dispose"/>. The model learns <see cref="Network.Parameters"/>; what it remembers of a text is a
/// <see cref="RecurrentState"/>, which the caller holds.
/// </remarks>
public sealed class Sequential : Network
{
    /// <summary>Describes a model that takes tokens; its first layer is an <see cref="Embedding"/>.</summary>
    /// <param name="layers">The layers, in order. Those without a name are given one.</param>
    /// <exception cref="ArgumentException">There is no layer, one belongs to a model already, or two have one
    /// name.</exception>
    /// <exception cref="ShapeException">A layer cannot take what flows out of the one before.</exception>
    public Sequential(params Layer[] layers)
        : this(FlowShape.Tokens, layers)
    {
    }

    /// <summary>Describes a model that takes values.</summary>
    /// <param name="inputWidth">Length of the last axis of the input [time, batch, features]; 0 if it takes tokens
    /// [time, batch].</param>
    /// <param name="layers">The layers, in order. Those without a name are given one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is negative.</exception>
    /// <exception cref="ArgumentException">There is no layer, one belongs to a model already, or two have one
    /// name.</exception>
    /// <exception cref="ShapeException">A layer cannot take what flows out of the one before.</exception>
    public Sequential(int inputWidth, params Layer[] layers)
        : this(new FlowShape(inputWidth), layers)
    {
    }

    /// <summary>Describes a model by what flows in.</summary>
    /// <param name="input">Tokens or values, with or without time, of any number of steps or of one.</param>
    /// <param name="layers">The layers, in order. Those without a name are given one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is negative, or there are no steps.</exception>
    /// <exception cref="ArgumentException">There is no layer, one belongs to a model already, or two have one
    /// name.</exception>
    /// <exception cref="ShapeException">A layer cannot take what flows out of the one before.</exception>
    public Sequential(FlowShape input, params Layer[] layers)
        : base(layers)
    {
        if (input.Width < 0)
            throw new ArgumentOutOfRangeException(nameof(input), $"input width {input.Width}, expected at least 0");
        if (input.Steps < 1)
            throw new ArgumentOutOfRangeException(nameof(input), $"{input.Steps} steps, expected at least 1");
        Input = input;
        Output = PlanWith(seed: 0).Output;
    }

    /// <summary>What flows in.</summary>
    public FlowShape Input { get; }

    /// <summary>What flows out of the last layer.</summary>
    public FlowShape Output { get; }

    /// <summary>Length of the last axis of the input; 0 if the model takes tokens.</summary>
    public int InputWidth => Input.Width;

    /// <summary>Computes the output for a batch of tokens.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="tokens">[time, batch].</param>
    /// <param name="state">The states before the first time step; absent: zeros. It is not changed.</param>
    /// <returns>The logits, [time, batch, units of the last layer], and what <see cref="RecurrentState.KeepFrom"/>
    /// carries over.</returns>
    /// <exception cref="ShapeException">The operands do not fit the layers, or the state is one of another
    /// model.</exception>
    /// <exception cref="ArgumentException">A token is not in the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public (Tensor Logits, StateCursor Next) Forward(Tape tape, IndexTensor tokens, RecurrentState? state = null) =>
        Forward(tape, new Flow(tokens), state);

    /// <summary>Computes the output for a batch of values.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="values">[time, batch, <see cref="InputWidth"/>].</param>
    /// <param name="state">The states before the first time step; absent: zeros. It is not changed.</param>
    /// <returns>The logits, and what <see cref="RecurrentState.KeepFrom"/> carries over.</returns>
    /// <exception cref="ShapeException">The operands do not fit the layers, or the state is one of another
    /// model.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public (Tensor Logits, StateCursor Next) Forward(Tape tape, Tensor values, RecurrentState? state = null) =>
        Forward(tape, new Flow(values), state);

    /// <summary>Computes the output for a batch of which only some steps may count.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="input">Tokens or values, with their mask.</param>
    /// <param name="state">The states before the first time step; absent: zeros. It is not changed.</param>
    /// <returns>The logits, and what <see cref="RecurrentState.KeepFrom"/> carries over: the states at the end of each
    /// sequence.</returns>
    /// <exception cref="ShapeException">The operands do not fit the layers, or the state is one of another
    /// model.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public (Tensor Logits, StateCursor Next) Forward(Tape tape, Flow input, RecurrentState? state = null)
    {
        StateCursor cursor = Start(tape, state);
        return (Forward(tape, input, cursor), cursor);
    }

    /// <summary>Computes the output, with initial states of the caller's own, into which gradients may flow.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="input">Tokens or values.</param>
    /// <param name="cursor">At its start; afterwards it holds the next states.</param>
    /// <returns>The logits.</returns>
    /// <exception cref="ShapeException">The operands do not fit the layers.</exception>
    /// <exception cref="InvalidOperationException">The model was not built, or takes tokens and was given values, or
    /// the reverse.</exception>
    public Tensor Forward(Tape tape, Flow input, StateCursor cursor) => ForwardFlow(tape, input, cursor).Values;

    /// <summary>Computes the loss of a language model or classifier without giving out its logits: their cross-entropy with target classes.</summary>
    /// <remarks>The logits of a large vocabulary then never stand whole (<see cref="LossIsChunked"/>); the loss is that of
    /// <c>Forward(tape, input, state).Logits.CrossEntropy(targets)</c>, but for rounding. On a tape for inspection logits always stand whole, as
    /// an operation of their own.</remarks>
    /// <param name="tape">Where to compute.</param>
    /// <param name="input">Tokens or values. Steps that its mask leaves out count unless their targets are ignored.</param>
    /// <param name="targets">[time, batch], or what is left of the shape of the logits without its last axis; classes, or the ignored
    /// index.</param>
    /// <param name="state">The states before the first time step; absent: zeros. It is not changed.</param>
    /// <param name="reduction">How the rows become one loss.</param>
    /// <param name="options">The ignored index and label smoothing; null: index -100 and none.</param>
    /// <returns>The loss, and what <see cref="RecurrentState.KeepFrom"/> carries over.</returns>
    /// <exception cref="ShapeException">The operands do not fit the layers, or the state is one of another model.</exception>
    /// <exception cref="ArgumentException">A token is not in the vocabulary, a target is no class.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public (Tensor Loss, StateCursor Next) Loss(
        Tape tape,
        Flow input,
        IndexTensor targets,
        RecurrentState? state = null,
        Reduction reduction = Reduction.Mean,
        CrossEntropyOptions? options = null)
    {
        StateCursor cursor = Start(tape, state);
        if (Layers[^1] is not Dense dense || !LossIsChunked(targets.Shape.Count) || tape.KeepsEverything)
        {
            Tensor logits = Forward(tape, input, cursor);
            tape.Backend.Paths.Note("loss", targets.Shape.Count, logits.Shape[logits.Shape.Rank - 1], "of whole logits");
            return (logits.CrossEntropy(targets, reduction, options), cursor);
        }

        tape.Backend.Paths.Note("loss", targets.Shape.Count, dense.Units, "in chunks of rows, the logits never stand whole");
        Tensor hidden = Run(tape, input, cursor, Layers.Count - 1).Values;
        return (dense.Loss(hidden, targets, reduction, options), cursor);
    }

    /// <summary>Whether <see cref="Loss"/> computes the logits of so many rows in chunks: the last layer is <see cref="Dense"/>, and there are
    /// more rows than <see cref="LinearCrossEntropy.RowsAtATime"/> takes at once.</summary>
    /// <param name="rows">The rows of a batch, time steps times sequences.</param>
    /// <returns>Whether it does.</returns>
    public bool LossIsChunked(long rows) => Layers[^1] is Dense dense && dense.LossIsChunked(rows);

    /// <inheritdoc/>
    public override IReadOnlyList<Flow> Forward(Tape tape, IReadOnlyList<Flow> inputs, StateCursor cursor) =>
        inputs.Count == 1
            ? [ForwardFlow(tape, inputs[0], cursor)]
            : throw new ShapeException($"Sequential: {inputs.Count} inputs, expected 1");

    /// <summary>The layers as a table: output shapes and numbers of parameters, then totals, the state, and when it is
    /// reset.</summary>
    /// <returns>Lines of text. Parameters are counted as they are: with two biases in a recurrent layer as PyTorch has
    /// it, with one as in Keras.</returns>
    public string Summary() => ModelSummary.Of(this);

    /// <inheritdoc/>
    protected override FlowShape Plan(ModelPlan plan)
    {
        FlowShape flow = Input;
        foreach (Layer layer in Layers)
            flow = layer.Plan(plan, flow);
        return flow;
    }

    /// <summary>Computes what flows out of the last layer, with the mask that is left.</summary>
    internal Flow ForwardFlow(Tape tape, Flow input, StateCursor cursor) => Run(tape, input, cursor, Layers.Count);

    /// <summary>Why the model is no language model over that many tokens, or nothing if it is one: it takes them, and
    /// each time step ends in as many logits.</summary>
    /// <param name="tokens">How many tokens the tokenizer has.</param>
    internal string? MismatchWith(int tokens)
    {
        if (Layers[0] is not Embedding embedding)
            return $"a tokenizer, but the model's first layer, {Layers[0].Name}, takes no tokens";
        if (embedding.Vocabulary != tokens)
            return $"{tokens} tokens, but {embedding.Name} of the model has {embedding.Vocabulary}";

        FlowShape logits = new(tokens);
        return Output == logits
            ? null
            : $"{tokens} tokens, but {Output} flows out of {Layers[^1].Name} of the model, expected {logits}";
    }

    // The first layers, so many of them.
    private Flow Run(Tape tape, Flow input, StateCursor cursor, int layers)
    {
        Flow x = input;
        for (int k = 0; k < layers; k++)
            x = Layers[k].Forward(tape, x, cursor);
        return x;
    }
}
