using System.Text.Json.Serialization;

namespace MiniLstm.Model;

/// <summary>The functions that an <see cref="Activation"/> can apply.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ActivationFunction>))]
public enum ActivationFunction
{
    /// <summary>exp(x[c]) / Σ exp(x[k]) along the last axis: probabilities of classes of which one is right.</summary>
    Softmax,

    /// <summary>1 / (1 + exp(-x)): the probability that something holds, each on its own.</summary>
    Sigmoid,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>log(1 + exp(x)).</summary>
    Softplus,

    /// <summary>x (1 + erf(x / √2)) / 2.</summary>
    Gelu,
}
