using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>A model: layers, each fed with what flows out of the one before. Language models end in logits.</summary>
/// <remarks>
/// It is described by its layers, takes memory with <see cref="Build(Backend, ulong)"/>, and returns it with
/// <see cref="Dispose"/>. The model learns <see cref="Parameters"/>; what it remembers of a text is a
/// <see cref="RecurrentState"/>, which the caller holds.
/// </remarks>
public sealed class Sequential : IDisposable
{
    private readonly Layer[] _layers;
    private readonly IReadOnlyList<RecurrentSlot> _slots;
    private Built? _built;

    /// <summary>Describes a model that takes tokens; its first layer is an <see cref="Embedding"/>.</summary>
    /// <param name="layers">The layers, in order. Those without a name are given one.</param>
    /// <exception cref="ArgumentException">There is no layer, one belongs to a model already, or two have one
    /// name.</exception>
    /// <exception cref="ShapeException">A layer cannot take what flows out of the one before.</exception>
    public Sequential(params Layer[] layers)
        : this(inputWidth: 0, layers)
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
    {
        if (inputWidth < 0)
            throw new ArgumentOutOfRangeException(nameof(inputWidth), $"inputWidth {inputWidth}, expected at least 0");
        if (layers.Length == 0)
            throw new ArgumentException("Sequential: no layers, expected at least one", nameof(layers));

        InputWidth = inputWidth;
        _layers = [.. layers];
        string[] names = LayerNames.Of(_layers);
        for (int k = 0; k < names.Length; k++)
            _layers[k].Take(names[k]);
        ModelPlan plan = Plan(seed: 0);
        _slots = plan.Slots;
        Output = plan.Output;
    }

    /// <summary>Length of the last axis of the input; 0 if the model takes tokens.</summary>
    public int InputWidth { get; }

    /// <summary>The layers, in order.</summary>
    public IReadOnlyList<Layer> Layers => _layers;

    /// <summary>The recurrent layers, in order: what a <see cref="RecurrentState"/> of the model has room
    /// for.</summary>
    public IReadOnlyList<RecurrentSlot> Slots => _slots;

    /// <summary>Where the model lives.</summary>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public Backend Device => Parameters.Backend;

    /// <summary>What the model learns.</summary>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public ParameterStore Parameters => Bound.Parameters;

    /// <summary>The random numbers of its dropout, in the order of the layers that drop; checkpoints keep their
    /// offsets.</summary>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public IReadOnlyList<RandomStream> RandomStreams => Bound.Streams;

    /// <summary>What flows out of the last layer.</summary>
    internal FlowShape Output { get; }

    private Built Bound => _built
        ?? throw new InvalidOperationException("Sequential: not built; call Build(device, seed) first");

    /// <summary>Takes memory for all parameters and fills in their first values.</summary>
    /// <param name="device">Where the model lives from here on.</param>
    /// <param name="seed">The seed of the first values and of dropout. The values of a parameter depend on seed and
    /// name alone: another layer more changes nothing in the others.</param>
    /// <exception cref="InvalidOperationException">The model was built before.</exception>
    /// <exception cref="DeviceException">The memory does not suffice.</exception>
    public void Build(Backend device, ulong seed) => Build(device, seed, Plan(seed).Parameters);

    /// <summary>Memory for the recurrent layers, all zeros: the state at the start of an epoch, of a document, of a
    /// generated text.</summary>
    /// <param name="batch">The number of rows, at least 1.</param>
    /// <returns>The state; dispose of it.</returns>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is below 1.</exception>
    public RecurrentState NewState(int batch) => new(Device, _slots, batch);

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
    public (Tensor Logits, StateCursor Next) Forward(Tape tape, IndexTensor tokens, RecurrentState? state = null)
    {
        StateCursor cursor = Start(tape, state);
        return (Forward(tape, new Flow(tokens), cursor), cursor);
    }

    /// <summary>Computes the output for a batch of values.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="values">[time, batch, <see cref="InputWidth"/>].</param>
    /// <param name="state">The states before the first time step; absent: zeros. It is not changed.</param>
    /// <returns>The logits, and what <see cref="RecurrentState.KeepFrom"/> carries over.</returns>
    /// <exception cref="ShapeException">The operands do not fit the layers, or the state is one of another
    /// model.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public (Tensor Logits, StateCursor Next) Forward(Tape tape, Tensor values, RecurrentState? state = null)
    {
        StateCursor cursor = Start(tape, state);
        return (Forward(tape, new Flow(values), cursor), cursor);
    }

    /// <summary>Computes the output, with initial states of the caller's own, into which gradients may flow.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="input">Tokens or values.</param>
    /// <param name="cursor">At its start; afterwards it holds the next states.</param>
    /// <returns>The logits.</returns>
    /// <exception cref="ShapeException">The operands do not fit the layers.</exception>
    /// <exception cref="InvalidOperationException">The model was not built, or takes tokens and was given values, or
    /// the reverse.</exception>
    public Tensor Forward(Tape tape, Flow input, StateCursor cursor)
    {
        Flow x = input;
        foreach (Layer layer in _layers)
            x = layer.Forward(tape, x, cursor);
        return x.Values;
    }

    /// <summary>Sets all gradients to zero.</summary>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public void ClearGradients() => Parameters.ClearGradients();

    /// <summary>The layers as a table: output shapes and numbers of parameters, then totals, the state, and when it is
    /// reset.</summary>
    /// <returns>Lines of text. Parameters are counted as in PyTorch, with two biases in each LSTM, one of which Keras
    /// leaves out.</returns>
    public string Summary() => ModelSummary.Of(this);

    /// <summary>Returns the memory of the parameters.</summary>
    public void Dispose() => _built?.Parameters.Dispose();

    /// <summary>Asks all layers for what they need.</summary>
    /// <param name="seed">The seed of the first values.</param>
    internal ModelPlan Plan(ulong seed)
    {
        var plan = new ModelPlan(_layers, seed);
        FlowShape flow = new(InputWidth);
        foreach (Layer layer in _layers)
            flow = layer.Plan(plan, flow);
        plan.Output = flow;
        return plan;
    }

    /// <summary>Why the model is no language model over that many tokens, or nothing if it is one: it takes them, and
    /// each time step ends in as many logits.</summary>
    /// <param name="tokens">How many tokens the tokenizer has.</param>
    internal string? MismatchWith(int tokens)
    {
        if (_layers[0] is not Embedding embedding)
            return $"a tokenizer, but the model's first layer, {_layers[0].Name}, takes no tokens";
        if (embedding.Vocabulary != tokens)
            return $"{tokens} tokens, but {embedding.Name} of the model has {embedding.Vocabulary}";

        FlowShape logits = new(tokens);
        return Output == logits
            ? null
            : $"{tokens} tokens, but {Output} flows out of {_layers[^1].Name} of the model, expected {logits}";
    }

    /// <summary>Builds with first values of the caller's choice.</summary>
    internal void Build(Backend device, ulong seed, IReadOnlyList<ParameterPlan> parameters)
    {
        if (_built is not null)
            throw new InvalidOperationException("Sequential: built before; a model lives on one device");
        var store = new ParameterStore(device, parameters);
        var streams = new NamedStreams(seed);
        try
        {
            foreach (Layer layer in _layers)
                layer.Bind(store, streams);
        }
        catch
        {
            // Layers may be of the caller's own types.
            store.Dispose();
            throw;
        }

        _built = new(store, streams.All);
    }

    private StateCursor Start(Tape tape, RecurrentState? state)
    {
        if (state is not null && state.Slots != _slots)
            throw new ShapeException("Forward: the state is one of another model; make it with this model's NewState");
        return new(_slots, state is null ? [] : state.On(tape));
    }

    private sealed record Built(ParameterStore Parameters, IReadOnlyList<RandomStream> Streams);
}
