using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Fills in the first values of a parameter.</summary>
/// <param name="values">All elements, row-major.</param>
/// <param name="random">The parameter's own random numbers.</param>
public delegate void Initializer(Span<double> values, RandomStream random);

/// <summary>The initialisers that layers use.</summary>
public static class Initializers
{
    /// <summary>One value everywhere.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The initialiser.</returns>
    public static Initializer Constant(double value) => (values, _) => values.Fill(value);

    /// <summary>Uniformly distributed values in [-bound, bound).</summary>
    /// <param name="bound">The bound.</param>
    /// <returns>The initialiser.</returns>
    public static Initializer Uniform(double bound) => (values, random) =>
    {
        foreach (ref double value in values)
            value = bound * (2 * random.NextUniform() - 1);
    };

    /// <summary>Normally distributed values of mean 0.</summary>
    /// <param name="deviation">Their standard deviation.</param>
    /// <returns>The initialiser.</returns>
    public static Initializer Normal(double deviation) => (values, random) =>
    {
        foreach (ref double value in values)
            value = deviation * random.NextNormal();
    };
}
