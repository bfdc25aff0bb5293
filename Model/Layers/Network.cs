using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// What every model has: layers, parameters that live on one device, recurrent states, random streams. <see cref="Sequential"/> is the usual one; a model
/// with several inputs or outputs derives from this and has a <see cref="Forward"/> of its own.
/// </summary>
/// <remarks>It is described by its layers, takes memory with <see cref="Build(Backend, ulong)"/>, and returns it with <see cref="Dispose"/>.</remarks>
public abstract class Network : IDisposable
{
    private readonly Layer[] _layers;
    private ModelPlan? _plan;
    private Built? _built;

    /// <summary>Describes a model.</summary>
    /// <param name="layers">All its layers, in the order in which <see cref="Plan(ModelPlan)"/> goes through them and Forward runs the recurrent ones.
    /// Those without a name are given one.</param>
    /// <exception cref="ArgumentException">There is no layer, one belongs to a model already, or two have one
    /// name.</exception>
    protected Network(params IReadOnlyList<Layer> layers)
    {
        if (layers.Count == 0)
            throw new ArgumentException($"{GetType().Name}: no layers, expected at least one", nameof(layers));
        _layers = [.. layers];
        string[] names = LayerNames.Of(_layers);
        for (int k = 0; k < names.Length; k++)
            _layers[k].Take(names[k]);
    }

    /// <summary>The layers, in order.</summary>
    public IReadOnlyList<Layer> Layers => _layers;

    /// <summary>The recurrent layers, in order: what a <see cref="RecurrentState"/> of the model has room
    /// for.</summary>
    public IReadOnlyList<RecurrentSlot> Slots => AnyPlan.Slots;

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

    // What does not depend on the seed.
    private ModelPlan AnyPlan => _plan ??= PlanWith(seed: 0);

    private Built Bound => _built
        ?? throw new InvalidOperationException($"{GetType().Name}: not built; call Build(device, seed) first");

    /// <summary>Takes memory for all parameters and fills in their first values.</summary>
    /// <param name="device">Where the model lives from here on.</param>
    /// <param name="seed">The seed of the first values and of dropout. The values of a parameter depend on seed and
    /// name alone: another layer more changes nothing in the others.</param>
    /// <exception cref="InvalidOperationException">The model was built before.</exception>
    /// <exception cref="DeviceException">The memory does not suffice.</exception>
    public void Build(Backend device, ulong seed) => Build(device, seed, PlanWith(seed).Parameters);

    /// <summary>Memory for the recurrent layers, all zeros: the state at the start of an epoch, of a document, of a
    /// generated text.</summary>
    /// <param name="batch">The number of rows, at least 1.</param>
    /// <returns>The state; dispose of it.</returns>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is below 1.</exception>
    public RecurrentState NewState(int batch) => new(Device, Slots, batch);

    /// <summary>Sets all gradients to zero.</summary>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public void ClearGradients() => Parameters.ClearGradients();

    /// <summary>What is to be added to the loss: the regularisers of all parameters that are learnt, and what the layers asked for in this
    /// pass, such as activation regularisation.</summary>
    /// <param name="tape">The tape of the pass.</param>
    /// <param name="cursor">The cursor that went through the layers.</param>
    /// <returns>[1]; null if there is nothing.</returns>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public Tensor? Penalty(Tape tape, StateCursor cursor)
    {
        Tensor? sum = null;
        foreach (WeightRule rule in AnyPlan.Rules)
        {
            Parameter parameter = Parameters[rule.Parameter];
            if (parameter.IsTrainable && rule.Regularizer is { } regularizer)
                Add(regularizer.Penalty(tape, parameter));
        }

        foreach (Tensor penalty in cursor.Penalties)
            Add(penalty);
        return sum;

        void Add(Tensor penalty) => sum = sum is null ? penalty : sum + penalty;
    }

    /// <summary>Puts the constraints of all parameters that are learnt into force, on the device; to be called after each update.</summary>
    /// <param name="status">The optimiser's status. Once it says that an update failed, the weights stay as they are.</param>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public void Constrain(View status)
    {
        foreach (WeightRule rule in AnyPlan.Rules)
        {
            Parameter parameter = Parameters[rule.Parameter];
            if (parameter.IsTrainable)
                rule.Constraint?.Apply(Device, parameter, status);
        }
    }

    /// <summary>Returns the memory of the parameters.</summary>
    public void Dispose()
    {
        _built?.Parameters.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Asks all layers for what they need, in order, each given what flows into it.</summary>
    /// <param name="plan">The plan, to be passed to <see cref="Layer.Plan"/>.</param>
    /// <returns>What flows out of the model.</returns>
    /// <exception cref="ShapeException">A layer cannot take what flows into it.</exception>
    protected abstract FlowShape Plan(ModelPlan plan);

    /// <summary>Computes what flows out of the model; <c>Compile</c> and <c>Fit</c> train whatever it does.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="inputs">Tokens or values, with their masks: one flow for each input.</param>
    /// <param name="cursor">To be passed to <see cref="Layer.Forward"/>; afterwards it holds the next states.</param>
    /// <returns>One flow for each output; logits where there are probabilities in the end.</returns>
    /// <exception cref="ShapeException">The inputs are not what the model takes.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public abstract IReadOnlyList<Flow> Forward(Tape tape, IReadOnlyList<Flow> inputs, StateCursor cursor);

    /// <summary>Starts a forward pass.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="state">The states before the first time step; absent: zeros.</param>
    /// <returns>The cursor that layers take states from.</returns>
    /// <exception cref="ShapeException">The state is one of another model.</exception>
    public StateCursor Start(Tape tape, RecurrentState? state = null)
    {
        if (state is not null && state.Slots != Slots)
            throw new ShapeException("Forward: the state is one of another model; make it with this model's NewState");
        return new(Slots, state is null ? [] : state.On(tape));
    }

    /// <summary>Plans with the first values of a seed.</summary>
    internal ModelPlan PlanWith(ulong seed)
    {
        var plan = new ModelPlan(_layers, seed);
        plan.Output = Plan(plan);
        return plan;
    }

    /// <summary>Builds with first values of the caller's choice.</summary>
    internal void Build(Backend device, ulong seed, IReadOnlyList<ParameterPlan> parameters)
    {
        if (_built is not null)
            throw new InvalidOperationException($"{GetType().Name}: built before; a model lives on one device");
        var store = new ParameterStore(device, parameters);
        var streams = new NamedStreams(seed);
        try
        {
            foreach (Layer layer in _layers)
            {
                layer.Bind(store, streams);
                layer.Own(store);
            }
        }
        catch
        {
            // Layers may be of the caller's own types.
            store.Dispose();
            throw;
        }

        _built = new(store, streams.All);
    }

    private sealed record Built(ParameterStore Parameters, IReadOnlyList<RandomStream> Streams);
}
