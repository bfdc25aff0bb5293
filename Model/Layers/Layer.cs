using System.Runtime.CompilerServices;
using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>
/// A part of a model: it says what it learns, is given its parameters, and then maps what flows in to what flows out.
/// Layers hold no recurrent state: that passes through <see cref="Forward"/> in a <see cref="StateCursor"/>.
/// </summary>
public abstract class Layer
{
    // No size that anybody can train, and small enough that four gates of that width are an int.
    private protected const int MaximumWidth = 1 << 24;

    private const int MaximumName = 100;

    private string _name = "";
    private IReadOnlyList<Parameter> _parameters = [];

    /// <summary>
    /// The name, first part of the names of its parameters. If none is given, the model names the layer after its type:
    /// <c>lstm</c>, and <c>lstm_1</c> for the second one.
    /// </summary>
    /// <exception cref="ArgumentException">It has other characters than ASCII letters, digits, '_', '-' and '.', none at
    /// all, or too many.</exception>
    public string Name
    {
        get => _name;
        init => _name = IsName(value)
            ? value
            : throw new ArgumentException(
                $"a layer's name must be 1 to {MaximumName} of the ASCII letters, digits, '_', '-' and '.'", nameof(value));
    }

    /// <summary>The type of the layer as default names and files have it, such as <c>layer_normalization</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether the layer learns. If not, its parameters have neither gradients nor penalties nor constraints. It may be set at any
    /// time; an optimiser sees it when it is bound, by <c>Over</c> or <c>Compile</c>.</summary>
    public bool IsTrainable
    {
        get;
        set
        {
            field = value;
            PassOn();
        }
    } = true;

    /// <summary>Whether the layer is part of a model already; it can be part of one only.</summary>
    internal bool IsTaken { get; private set; }

    /// <summary>Adds to a plan what the layer learns and remembers. Changes nothing in the layer.</summary>
    /// <param name="plan">The plan of the model.</param>
    /// <param name="input">What flows in.</param>
    /// <returns>What flows out.</returns>
    /// <exception cref="ShapeException">The layer cannot take such an input.</exception>
    public abstract FlowShape Plan(ModelPlan plan, FlowShape input);

    /// <summary>Gives the layer its parameters, once they exist, and its random stream, if it needs one.</summary>
    /// <param name="parameters">The model's parameters, as planned.</param>
    /// <param name="streams">Where to make a stream of the layer's own.</param>
    public abstract void Bind(ParameterStore parameters, NamedStreams streams);

    /// <summary>Computes what flows out.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="x">What flows in.</param>
    /// <param name="cursor">Where a recurrent layer takes its initial states and puts its result.</param>
    /// <returns>What flows out.</returns>
    /// <exception cref="ShapeException">The input is not as planned.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public abstract Flow Forward(Tape tape, Flow x, StateCursor cursor);

    /// <summary>Makes the layer part of a model.</summary>
    /// <param name="name">The name that it has from here on.</param>
    internal virtual void Take(string name)
    {
        _name = name;
        IsTaken = true;
    }

    /// <summary>Says which parameters are the layer's own: those whose names begin with its name.</summary>
    internal void Own(ParameterStore parameters)
    {
        _parameters = [.. parameters.All.Where(parameter => parameter.Name.StartsWith($"{Name}.", StringComparison.Ordinal))];
        PassOn();
    }

    /// <summary>The layer's description for <see cref="ModelConfig"/>.</summary>
    /// <exception cref="NotSupportedException">Files know no layer of this type.</exception>
    internal virtual LayerConfig ToConfig() =>
        throw new NotSupportedException(
            $"{Name}: layers of type {GetType().Name} cannot be saved; files know the built-in types only");

    /// <summary>The error of a layer that is used before its model was built.</summary>
    /// <returns>The exception to throw.</returns>
    protected InvalidOperationException NotBuilt() => new($"{Name}: used before Build gave it its parameters");

    /// <summary>Checks in a plan that values flow in.</summary>
    /// <param name="input">What flows in.</param>
    /// <exception cref="ShapeException">Tokens do.</exception>
    protected void ExpectValues(FlowShape input)
    {
        if (input.IsTokens)
            throw new ShapeException(
                $"{Name}: takes values, but tokens flow in; begin the model with an Embedding, " +
                "or give it an inputWidth if it is fed with values");
    }

    /// <summary>Checks in a plan that sequences flow in.</summary>
    /// <param name="input">What flows in.</param>
    /// <exception cref="ShapeException">There is no time axis.</exception>
    protected void ExpectTime(FlowShape input)
    {
        if (!input.HasTime)
            throw new ShapeException(
                $"{Name}: takes sequences [time, batch, features], but {input} flows in; " +
                "the layer before needs returnSequences: true");
    }

    private void PassOn()
    {
        foreach (Parameter parameter in _parameters)
            parameter.IsTrainable = IsTrainable;
    }

    // Names come from files too, and stand in messages and in the names of tensors.
    private static bool IsName(string text) =>
        text.Length is >= 1 and <= MaximumName && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>Checks a size that a constructor was given.</summary>
    private protected static int CheckSize(
        int size, int maximum, [CallerArgumentExpression(nameof(size))] string name = "") =>
        size >= 1 && size <= maximum
            ? size
            : throw new ArgumentOutOfRangeException(name, $"{name} {size}, expected 1 to {maximum}");

    /// <summary>Checks a probability that a constructor was given.</summary>
    private protected static double CheckProbability(
        double probability, [CallerArgumentExpression(nameof(probability))] string name = "") =>
        probability is >= 0 and < 1
            ? probability
            : throw new ArgumentOutOfRangeException(name, $"{name} {probability}, expected at least 0 and below 1");
}
