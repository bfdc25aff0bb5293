using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Fills in the first values of a parameter.</summary>
/// <param name="shape">Its shape. Weights are [outputs, inputs]; the gates of a recurrent layer are outputs of one
/// matrix, as in Keras.</param>
/// <param name="values">All elements, row-major.</param>
/// <param name="random">The parameter's own random numbers.</param>
public delegate void Initializer(Shape shape, Span<double> values, RandomStream random);

/// <summary>Whose first values a layer takes where it is given none.</summary>
public enum Defaults
{
    /// <summary>Those of PyTorch: uniform in ± 1 / sqrt(units or input width).</summary>
    PyTorch,

    /// <summary>Those of Keras: Glorot uniform, orthogonal recurrent weights, biases 0, forget-gate biases 1.</summary>
    Keras,
}
