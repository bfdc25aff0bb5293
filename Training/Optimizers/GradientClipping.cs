using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>How large gradients are made smaller before a step, in one of three ways or, by default, not at
/// all.</summary>
/// <remarks>All happens on the device, no value comes to the host; the gradients themselves stay as they are. The norms
/// are those of PyTorch: gradients are multiplied by min(1, maximum / (norm + 1e-6)).</remarks>
public readonly record struct GradientClipping
{
    private readonly Way _way;
    private readonly double _maximum;

    private GradientClipping(Way way, double maximum)
    {
        _way = way;
        _maximum = maximum;
    }

    private enum Way
    {
        None,
        Value,
        ParameterNorm,
        GlobalNorm,
    }

    /// <summary>Gradients stay as they are.</summary>
    public static GradientClipping None => default;

    /// <summary>The maximum of the global norm; infinity if that is not what is limited.</summary>
    public double MaximumGlobalNorm => _way == Way.GlobalNorm ? _maximum : double.PositiveInfinity;

    /// <summary>Whether each parameter has a limit of its own.</summary>
    internal bool IsByParameter => _way == Way.ParameterNorm;

    /// <summary>Limits each element to [-maximum, maximum]: Keras's clipvalue.</summary>
    /// <param name="maximum">Above 0.</param>
    /// <returns>The description.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not above 0.</exception>
    public static GradientClipping ByValue(double maximum) => new(Way.Value, Require.AboveZero(maximum));

    /// <summary>Limits the L2 norm of each parameter's gradient: Keras's clipnorm.</summary>
    /// <param name="maximumNorm">Above 0.</param>
    /// <returns>The description.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not above 0.</exception>
    public static GradientClipping ByNorm(double maximumNorm) =>
        new(Way.ParameterNorm, Require.AboveZero(maximumNorm));

    /// <summary>Limits the L2 norm over all parameters that are learnt: Keras's global_clipnorm, PyTorch's
    /// clip_grad_norm_. It keeps the gradient's direction, and is what recurrent networks are usually trained
    /// with.</summary>
    /// <param name="maximumNorm">Above 0; infinity clips nothing.</param>
    /// <returns>The description.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not above 0.</exception>
    public static GradientClipping ByGlobalNorm(double maximumNorm) =>
        new(Way.GlobalNorm, Require.AboveZero(maximumNorm));

    /// <summary>The limit as the device takes it.</summary>
    /// <param name="squaredNorm">[1]: of the parameter or of all, whichever is limited.</param>
    internal GradientLimit LimitOf(View squaredNorm) => _way switch
    {
        Way.None => GradientLimit.None,
        Way.Value => GradientLimit.None with { MaximumValue = _maximum },
        _ => GradientLimit.None with { SquaredNorm = squaredNorm, MaximumNorm = _maximum },
    };
}
