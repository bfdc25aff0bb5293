using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Parameters that are learnt in a way of their own: at another rate or with another
/// decay. What is not to be learnt at all is frozen: <see cref="Layer.IsTrainable"/>,
/// <see cref="Parameter.IsTrainable"/>.</summary>
/// <remarks>
/// <code>
/// new Adam(1e-3).Over(model.Parameters,
/// [
///     new ParameterGroup("embedding") { RateFactor = 0.1 },
///     new ParameterGroup(parameter => parameter.Shape.Rank == 1) { Decay = 0 },
/// ]);
/// </code>
/// </remarks>
public sealed class ParameterGroup
{
    private readonly Func<Parameter, bool> _contains;

    /// <summary>A group of the parameters that a condition picks.</summary>
    /// <param name="contains">Whether a parameter belongs to the group; asked once, by
    /// <see cref="Optimizer.Over"/>.</param>
    public ParameterGroup(Func<Parameter, bool> contains) => _contains = contains;

    /// <summary>A group of all parameters of some layers.</summary>
    /// <param name="layers">The names of the layers.</param>
    public ParameterGroup(params IReadOnlyList<string> layers)
    {
        Layers = layers;
        _contains = parameter => layers.Any(layer => IsOf(layer, parameter));
    }

    /// <summary>The learning rate of the group is the optimiser's times this; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, NaN or infinite.</exception>
    public double RateFactor
    {
        get;
        init => field = Require.NotNegative(value, nameof(RateFactor));
    } = 1;

    /// <summary>The weight decay of the group, at least 0; null: the optimiser's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, NaN or infinite.</exception>
    public double? Decay
    {
        get;
        init => field = value is { } decay ? Require.NotNegative(decay, nameof(Decay)) : null;
    }

    /// <summary>The layers that were named.</summary>
    internal IReadOnlyList<string> Layers { get; } = [];

    internal bool Contains(Parameter parameter) => _contains(parameter);

    /// <summary>Whether a parameter is one of a layer, by its name.</summary>
    internal static bool IsOf(string layer, Parameter parameter) =>
        parameter.Name.StartsWith($"{layer}.", StringComparison.Ordinal);
}
