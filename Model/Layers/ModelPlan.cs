using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Collects what the layers of a model ask for, before anything is allocated: parameters and recurrent
/// states.</summary>
/// <param name="layers">All layers of the model.</param>
/// <param name="seed">The seed of the first values.</param>
public sealed class ModelPlan(IReadOnlyList<Layer> layers, ulong seed)
{
    private readonly List<ParameterPlan> _parameters = [];
    private readonly List<RecurrentSlot> _slots = [];
    private readonly List<WeightRule> _rules = [];

    /// <summary>All layers of the model, for those whose plan depends on others.</summary>
    public IReadOnlyList<Layer> Layers => layers;

    /// <summary>The parameters so far, in order.</summary>
    public IReadOnlyList<ParameterPlan> Parameters => _parameters;

    /// <summary>The recurrent layers so far, in order.</summary>
    public IReadOnlyList<RecurrentSlot> Slots => _slots;

    /// <summary>The parameters that are penalised or constrained.</summary>
    internal IReadOnlyList<WeightRule> Rules => _rules;

    /// <summary>What flows out of the last layer, once all have planned.</summary>
    internal FlowShape Output { get; set; }

    /// <summary>Asks for a parameter.</summary>
    /// <param name="name">Its full name, such as <c>lstm.weight_ih_l0</c>.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">What makes its first values, from random numbers that depend on seed and name
    /// alone.</param>
    /// <param name="regularizer">What its size adds to the loss; absent: nothing.</param>
    /// <param name="constraint">What holds after each update; absent: nothing.</param>
    public void AddParameter(
        string name, Shape shape, Initializer initializer, Regularizer? regularizer = null, MaxNorm? constraint = null)
    {
        _parameters.Add(new(name, shape, values => initializer(shape, values, NamedStreams.Of(seed, name))));
        if (regularizer is not null || constraint is not null)
            _rules.Add(new(name, regularizer, constraint));
    }

    /// <summary>Asks for the states of a recurrent layer.</summary>
    /// <param name="slot">Which, and how long they are.</param>
    public void AddSlot(RecurrentSlot slot) => _slots.Add(slot);
}

/// <summary>What holds for a parameter in training.</summary>
internal sealed record WeightRule(string Parameter, Regularizer? Regularizer, MaxNorm? Constraint);
