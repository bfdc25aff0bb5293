using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>The usual ways to fill in first values, as Keras names them.</summary>
public static class Initializers
{
    /// <summary>0 everywhere.</summary>
    public static Initializer Zeros { get; } = Constant(0);

    /// <summary>1 everywhere.</summary>
    public static Initializer Ones { get; } = Constant(1);

    /// <summary>Uniform in ± sqrt(6 / (inputs + outputs)) (Glorot and Bengio, 2010).</summary>
    public static Initializer GlorotUniform { get; } = ScaledUniform((inputs, outputs) => 6 / (inputs + outputs));

    /// <summary>Normal with variance 2 / (inputs + outputs), cut off at two deviations.</summary>
    public static Initializer GlorotNormal { get; } = ScaledNormal((inputs, outputs) => 2 / (inputs + outputs));

    /// <summary>Uniform in ± sqrt(6 / inputs) (He et al., 2015).</summary>
    public static Initializer HeUniform { get; } = ScaledUniform((inputs, _) => 6 / inputs);

    /// <summary>Normal with variance 2 / inputs, cut off at two deviations.</summary>
    public static Initializer HeNormal { get; } = ScaledNormal((inputs, _) => 2 / inputs);

    /// <summary>Uniform in ± sqrt(3 / inputs) (LeCun et al., 1998).</summary>
    public static Initializer LeCunUniform { get; } = ScaledUniform((inputs, _) => 3 / inputs);

    /// <summary>Normal with variance 1 / inputs, cut off at two deviations.</summary>
    public static Initializer LeCunNormal { get; } = ScaledNormal((inputs, _) => 1 / inputs);

    /// <summary>One value everywhere.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The initialiser.</returns>
    public static Initializer Constant(double value) => (_, values, _) => values.Fill(value);

    /// <summary>Uniformly distributed values in [-bound, bound).</summary>
    /// <param name="bound">The bound.</param>
    /// <returns>The initialiser.</returns>
    public static Initializer Uniform(double bound) => (_, values, random) =>
    {
        foreach (ref double value in values)
            value = bound * (2 * random.NextUniform() - 1);
    };

    /// <summary>Normally distributed values of mean 0.</summary>
    /// <param name="deviation">Their standard deviation.</param>
    /// <returns>The initialiser.</returns>
    public static Initializer Normal(double deviation) => (_, values, random) =>
    {
        foreach (ref double value in values)
            value = deviation * random.NextNormal();
    };

    /// <summary>A matrix whose rows or columns, whichever are fewer, are orthogonal and of one length, drawn uniformly among those
    /// (Saxe et al., 2014): QR of normal values, with the signs of R's diagonal.</summary>
    /// <param name="gain">The length.</param>
    /// <returns>The initialiser; for parameters of two axes.</returns>
    public static Initializer Orthogonal(double gain = 1) => (shape, values, random) =>
    {
        int rows = shape[0];
        int columns = shape[1];
        int count = Math.Min(rows, columns);
        int length = Math.Max(rows, columns);
        double[][] vectors = new double[count][];
        for (int k = 0; k < count; k++)
            vectors[k] = NextOrthogonal(vectors.AsSpan(0, k), length, random);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                values[row * columns + column] = gain * (rows >= columns ? vectors[column][row] : vectors[row][column]);
        }
    };

    // Gram and Schmidt, twice for the digits; since the diagonal of R is then positive, no sign has to be turned.
    private static double[] NextOrthogonal(ReadOnlySpan<double[]> earlier, int length, RandomStream random)
    {
        double[] vector = new double[length];
        foreach (ref double value in vector.AsSpan())
            value = random.NextNormal();
        for (int pass = 0; pass < 2; pass++)
        {
            foreach (double[] other in earlier)
            {
                double product = Product(vector, other);
                for (int k = 0; k < length; k++)
                    vector[k] -= product * other[k];
            }
        }

        double norm = Math.Sqrt(Product(vector, vector));
        foreach (ref double value in vector.AsSpan())
            value /= norm;
        return vector;
    }

    private static double Product(double[] a, double[] b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
            sum += a[k] * b[k];
        return sum;
    }

    private static Initializer ScaledUniform(Func<double, double, double> square) => (shape, values, random) =>
        Uniform(Math.Sqrt(square(shape.Columns, shape.Rows)))(shape, values, random);

    // Cutting off at two deviations leaves 0.8796 of the deviation, which the draw makes up for, as Keras does.
    private static Initializer ScaledNormal(Func<double, double, double> variance) => (shape, values, random) =>
    {
        const double LeftOfDeviation = 0.87962566103423978;
        double deviation = Math.Sqrt(variance(shape.Columns, shape.Rows)) / LeftOfDeviation;
        foreach (ref double value in values)
        {
            do
                value = random.NextNormal();
            while (Math.Abs(value) > 2);
            value *= deviation;
        }
    };
}
