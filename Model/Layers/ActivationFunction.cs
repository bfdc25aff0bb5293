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

    /// <summary>x where that is above 0, else exp(x) - 1.</summary>
    Elu,

    /// <summary>1.0507 x where x is above 0, else 1.7581 (exp(x) - 1) (Klambauer et al., 2017).</summary>
    Selu,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>x sigmoid(x), also called swish.</summary>
    Silu,

    /// <summary>exp(x).</summary>
    Exponential,

    /// <summary>(x + 3) / 6, limited to [0, 1]: the hard sigmoid of Keras 3.</summary>
    HardSigmoid,

    /// <summary>0.2 x + 0.5, limited to [0, 1]: the hard sigmoid of Keras 1 and 2.</summary>
    HardSigmoidKeras2,
}
