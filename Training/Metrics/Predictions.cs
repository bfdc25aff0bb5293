using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>What a model said about some rows, and what was right: what metrics observe.</summary>
/// <remarks>A row is a sample, or a time step of one. It has a score for each class, or a single one: how likely the
/// class 1 is, rather than 0.</remarks>
public sealed class Predictions
{
    private readonly double[] _scores;
    private readonly ActivationFunction? _folded;
    private readonly double[]? _values;
    private double[]? _probabilities;
    private int[]? _classes;

    /// <summary>Predictions with the class that is right for each row.</summary>
    /// <param name="probabilities">[rows, columns], row-major: the probability of each class, or, in a single column,
    /// that of class 1.</param>
    /// <param name="columns">How many columns there are, at least 1.</param>
    /// <param name="classes">[rows]: 0 to columns - 1; of a single column, 0 or 1.</param>
    /// <exception cref="ArgumentException">The numbers do not fit one another, or a class is none of the
    /// columns'.</exception>
    public Predictions(ReadOnlySpan<double> probabilities, int columns, ReadOnlySpan<int> classes)
        : this(probabilities.ToArray(), columns, classes.ToArray(), values: null, folded: null)
    {
    }

    /// <summary>Predictions with a target value for each: one-hot rows, or yes and no for each column.</summary>
    /// <param name="probabilities">[rows, columns], row-major.</param>
    /// <param name="columns">How many columns there are, at least 1.</param>
    /// <param name="values">[rows, columns], row-major: the targets.</param>
    /// <exception cref="ArgumentException">The numbers do not fit one another.</exception>
    public Predictions(ReadOnlySpan<double> probabilities, int columns, ReadOnlySpan<double> values)
        : this(probabilities.ToArray(), columns, classes: null, values.ToArray(), folded: null)
    {
    }

    /// <summary>Predictions from scores; what makes probabilities of them is null where they are what is
    /// predicted.</summary>
    internal Predictions(double[] scores, int columns, int[]? classes, double[]? values, ActivationFunction? folded)
    {
        if (columns < 1 || scores.Length % columns != 0)
            throw new ArgumentException($"Predictions: {scores.Length} scores in {columns} columns");
        Columns = columns;
        Rows = scores.Length / columns;
        if (classes is not null && classes.Length != Rows)
            throw new ArgumentException($"Predictions: {classes.Length} classes for {Rows} rows, expected as many");
        if (values is not null && values.Length != scores.Length)
            throw new ArgumentException(
                $"Predictions: {values.Length} target values for {scores.Length} predictions, expected as many");
        foreach (int target in classes ?? [])
        {
            if (target < 0 || target >= ClassCount)
                throw new ArgumentException($"Predictions: class {target}, expected 0 to {ClassCount - 1}");
        }

        _scores = scores;
        _classes = classes;
        _values = values;
        _folded = folded;
    }

    /// <summary>How many rows there are.</summary>
    public int Rows { get; }

    /// <summary>How many scores a row has.</summary>
    public int Columns { get; }

    /// <summary>How many classes there are: the columns, or 2 if there is one column.</summary>
    public int ClassCount => Math.Max(2, Columns);

    /// <summary>[rows, columns]: what was predicted; probabilities, but of a regression.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities ??= Activate();

    /// <summary>[rows]: the class that is right for each row. Of target values it is the largest, or, in a single
    /// column, 1 from one half on.</summary>
    public ReadOnlySpan<int> Classes => _classes ??= ClassesOf(_values ?? []);

    /// <summary>The target of one element.</summary>
    /// <param name="row">Its row.</param>
    /// <param name="column">Its column.</param>
    /// <returns>The value; of classes, 1 for the right one and 0 for the others.</returns>
    public double TargetOf(int row, int column)
    {
        if (_values is not null)
            return _values[row * Columns + column];
        return Classes[row] == (Columns == 1 ? 1 : column) ? 1 : 0;
    }

    /// <summary>The likeliest class of each row: the first of equals; of a single column, 1 above one half.</summary>
    /// <returns>[rows].</returns>
    public int[] LikeliestClasses()
    {
        // The largest score has the largest probability; a single one must be a probability to be held against 1/2.
        ReadOnlySpan<double> scores = Columns == 1 ? Probabilities : _scores;
        int[] likeliest = new int[Rows];
        for (int row = 0; row < Rows; row++)
            likeliest[row] = Columns == 1 ? (scores[row] > 0.5 ? 1 : 0) : Largest(scores.Slice(row * Columns, Columns));
        return likeliest;
    }

    /// <summary>How many classes of a row are strictly likelier than the right one.</summary>
    internal int RankOf(int row)
    {
        ReadOnlySpan<double> scores = _scores.AsSpan(row * Columns, Columns);
        double right = scores[Classes[row]];
        int likelier = 0;
        foreach (double score in scores)
            likelier += score > right ? 1 : 0;
        return likelier;
    }

    /// <summary>-log p of the class that is right for a row, in nats.</summary>
    internal double SurpriseOf(int row)
    {
        double right = Columns == 1 && Classes[row] == 0
            ? 1 - Probabilities[row]
            : Probabilities[row * Columns + (Columns == 1 ? 0 : Classes[row])];
        return -Math.Log(right);
    }

    private int[] ClassesOf(double[] values)
    {
        int[] classes = new int[Rows];
        for (int row = 0; row < Rows; row++)
            classes[row] = Columns == 1 ? (values[row] >= 0.5 ? 1 : 0) : Largest(values.AsSpan(row * Columns, Columns));
        return classes;
    }

    private static int Largest(ReadOnlySpan<double> row)
    {
        int largest = 0;
        for (int c = 1; c < row.Length; c++)
        {
            if (row[c] > row[largest])
                largest = c;
        }

        return largest;
    }

    private double[] Activate() => _folded switch
    {
        ActivationFunction.Softmax => Softmax(),
        ActivationFunction.Sigmoid => Array.ConvertAll(_scores, z => 1 / (1 + Math.Exp(-z))),
        _ => _scores,
    };

    private double[] Softmax()
    {
        double[] probabilities = new double[_scores.Length];
        for (int start = 0; start < _scores.Length; start += Columns)
        {
            ReadOnlySpan<double> row = _scores.AsSpan(start, Columns);
            double largest = row[Largest(row)];
            double sum = 0;
            for (int c = 0; c < Columns; c++)
                sum += probabilities[start + c] = Math.Exp(row[c] - largest);
            for (int c = 0; c < Columns; c++)
                probabilities[start + c] /= sum;
        }

        return probabilities;
    }
}
