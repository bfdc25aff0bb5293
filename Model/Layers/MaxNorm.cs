using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>
/// A constraint on weights, put into force after each update: vectors of weights that are longer than a maximum are
/// shortened to it (Srebro et al., 2005; Keras's MaxNorm).
/// </summary>
/// <remarks>
/// <para>A vector is what lies along one axis. Our matrices are [out, in], so that the last axis, the default, is what
/// one unit takes in: Keras's default axis 0 of its kernels [in, out]. Tables of embeddings are [ids, features] in
/// both, where the default here is the vector of one id; Keras's axis 0 is <c>axis: 0</c>.</para>
/// <para>Vectors that are short enough stay as they are to the bit; Keras shortens them by a factor 1 - 1e-7 / norm in
/// every step.</para>
/// </remarks>
public sealed class MaxNorm
{
    private readonly double _maximum;
    private readonly int? _axis;

    /// <summary>The maximum and the axis.</summary>
    /// <param name="maximum">The largest L2 norm, above 0.</param>
    /// <param name="axis">The axis that a vector lies along, from 0; null: the last.</param>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not a finite number above 0, or the axis
    /// negative.</exception>
    public MaxNorm(double maximum = 2, int? axis = null)
    {
        if (!double.IsFinite(maximum) || maximum <= 0)
            throw new ArgumentOutOfRangeException(
                nameof(maximum), $"{nameof(maximum)} {maximum}, expected a finite number above 0");
        if (axis is < 0)
            throw new ArgumentOutOfRangeException(nameof(axis), $"{nameof(axis)} {axis}, expected at least 0");
        _maximum = maximum;
        _axis = axis;
    }

    /// <summary>Puts the constraint into force, on the device.</summary>
    /// <param name="device">Where the parameter lives.</param>
    /// <param name="parameter">The weights.</param>
    /// <param name="status">An optimiser's status, or absent. Once it says that an update failed, the weights stay as
    /// they are, so that the step can be run again.</param>
    /// <exception cref="ShapeException">The parameter has no such axis.</exception>
    public void Apply(Backend device, Parameter parameter, View status = default)
    {
        View weights = parameter.View;
        int index = _axis ?? weights.Shape.Rank - 1;
        if (index < 0 || index >= weights.Shape.Rank)
            throw new ShapeException($"MaxNorm: {parameter.Name} {weights.Shape} has no axis {index}");

        // Each vector is multiplied by min(1, maximum / norm) = 1 / sqrt(max(1, norm² / maximum²)).
        var axis = Axis.Of(weights.Shape, index);
        using Scratch work = device.Pool.Scratch(weights.Shape, "MaxNorm");
        using Scratch factors = device.Pool.Scratch(weights.Shape.Without(index), "MaxNorm factors");
        device.Combine<Multiplication>(work.View, weights, weights, Broadcast.None, add: false);
        device.Sum(factors.View, work.View, axis, 1 / (_maximum * _maximum), add: false);
        device.Map<InverseRootAboveOneMap>(factors.View, factors.View);
        device.Spread(work.View, factors.View, axis, 1, add: false);
        device.Combine<Multiplication>(work.View, weights, work.View, Broadcast.None, add: false);
        if (status.Exists)
            device.CopyUnlessFailed(weights, work.View, status);
        else
            device.Copy(weights, work.View);
        weights.Buffer.MarkChanged();
    }
}
