using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// Passes through the recurrent layers of a model in their order: each takes its initial states and puts what it
/// computed. After the pass it holds the next states, and on a tape made by <see cref="Tape.ForInspection"/> everything
/// there is to see of each layer.
/// </summary>
/// <remarks>It lives as long as the tape; <see cref="RecurrentState.KeepFrom"/> copies the next states out of
/// it.</remarks>
public sealed class StateCursor
{
    private readonly IReadOnlyList<(Tensor Hidden, Tensor? Cell)> _initial;
    private readonly List<RecurrentResult> _results = [];
    private List<Tensor>? _penalties;

    /// <summary>Starts before the first recurrent layer of a model.</summary>
    /// <param name="slots">The model's recurrent layers, <see cref="Network.Slots"/>.</param>
    /// <param name="initial">The initial states of each, [batch, features], or nothing: zeros. Where they are tracked,
    /// gradients flow into them.</param>
    /// <exception cref="ArgumentException">There are some states, but not one pair for each layer.</exception>
    public StateCursor(IReadOnlyList<RecurrentSlot> slots, IReadOnlyList<(Tensor Hidden, Tensor? Cell)> initial)
    {
        if (initial.Count > 0 && initial.Count != slots.Count)
            throw new ArgumentException(
                $"StateCursor: {initial.Count} pairs of states for {slots.Count} recurrent layers", nameof(initial));
        Slots = slots;
        _initial = initial;
    }

    /// <summary>The recurrent layers that it passes through.</summary>
    public IReadOnlyList<RecurrentSlot> Slots { get; }

    /// <summary>What each recurrent layer so far computed, in the order of <see cref="Slots"/>: states of all steps,
    /// last states, gates.</summary>
    public IReadOnlyList<RecurrentResult> Results => _results;

    /// <summary>What layers ask to be added to the loss because of what they put out, such as activation regularisation:
    /// single values, in training only.</summary>
    public IReadOnlyList<Tensor> Penalties => _penalties ?? [];

    /// <summary>What one recurrent layer computed.</summary>
    /// <param name="name">The slot's name, such as <c>lstm.l0</c>.</param>
    /// <exception cref="KeyNotFoundException">There is no such layer, or the pass has not come to it.</exception>
    public RecurrentResult this[string name]
    {
        get
        {
            for (int k = 0; k < _results.Count; k++)
            {
                if (Slots[k].Name == name)
                    return _results[k];
            }

            throw new KeyNotFoundException(
                $"no recurrent layer '{name}' has run; there are {string.Join(", ", Slots.Select(slot => slot.Name))}");
        }
    }

    /// <summary>The initial states of the layer whose turn it is.</summary>
    /// <returns>[batch, features] and [batch, units]; absent: zeros.</returns>
    public (Tensor? Hidden, Tensor? Cell) Take() => _initial.Count == 0 ? default : _initial[_results.Count];

    /// <summary>Notes what that layer computed; the turn passes to the next one.</summary>
    /// <param name="result">Its result.</param>
    public void Put(RecurrentResult result) => _results.Add(result);

    /// <summary>Asks for something to be added to the loss.</summary>
    /// <param name="penalty">A single value.</param>
    public void AddPenalty(Tensor penalty) => (_penalties ??= []).Add(penalty);
}
