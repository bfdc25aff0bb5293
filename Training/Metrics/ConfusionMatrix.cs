using System.Globalization;
using System.Text;

namespace MiniLstm.Training;

/// <summary>How often each class was taken for which: the counts from which accuracy, precision, recall and F1
/// follow.</summary>
/// <remarks>Its figure is the fraction on the diagonal, which is the accuracy.</remarks>
public sealed class ConfusionMatrix : Metric
{
    private long[,] _counts = new long[0, 0];

    /// <inheritdoc/>
    public override string Name => "confusion_matrix";

    /// <summary>How many classes there are; 0 before anything was observed.</summary>
    public int ClassCount => _counts.GetLength(0);

    /// <summary>How many rows were observed.</summary>
    public long Total => _counts.Cast<long>().Sum();

    /// <inheritdoc/>
    public override double Value
    {
        get
        {
            long hits = 0;
            for (int c = 0; c < ClassCount; c++)
                hits += _counts[c, c];
            return Total == 0 ? double.NaN : (double)hits / Total;
        }
    }

    /// <summary>How often a class was taken for another.</summary>
    /// <param name="right">The class that was right.</param>
    /// <param name="predicted">The class that was predicted.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such class.</exception>
    public long this[int right, int predicted] => _counts[right, predicted];

    /// <inheritdoc/>
    public override void Reset() => _counts = new long[0, 0];

    /// <inheritdoc/>
    public override void Observe(Predictions predictions)
    {
        if (ClassCount == 0)
            _counts = new long[predictions.ClassCount, predictions.ClassCount];
        if (ClassCount != predictions.ClassCount)
            throw new ArgumentException(
                $"{Name}: predictions of {predictions.ClassCount} classes after some of {ClassCount}");

        int[] likeliest = predictions.LikeliestClasses();
        ReadOnlySpan<int> classes = predictions.Classes;
        for (int row = 0; row < likeliest.Length; row++)
            _counts[classes[row], likeliest[row]]++;
    }

    /// <summary>Of the rows that were taken for a class, the fraction that were of it; 0 if none was.</summary>
    /// <param name="of">The class.</param>
    /// <returns>From 0 to 1.</returns>
    public double PrecisionOf(int of)
    {
        long predicted = 0;
        for (int c = 0; c < ClassCount; c++)
            predicted += _counts[c, of];
        return predicted == 0 ? 0 : (double)_counts[of, of] / predicted;
    }

    /// <summary>Of the rows of a class, the fraction that were taken for it; 0 if there is none.</summary>
    /// <param name="of">The class.</param>
    /// <returns>From 0 to 1.</returns>
    public double RecallOf(int of)
    {
        long right = 0;
        for (int c = 0; c < ClassCount; c++)
            right += _counts[of, c];
        return right == 0 ? 0 : (double)_counts[of, of] / right;
    }

    /// <summary>The harmonic mean of precision p and recall r, 2 p r / (p + r); 0 if both are.</summary>
    /// <param name="of">The class.</param>
    /// <returns>From 0 to 1.</returns>
    public double F1Of(int of)
    {
        double precision = PrecisionOf(of);
        double recall = RecallOf(of);
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    /// <summary>The counts as a table: a line for each class that was right, a column for each that was
    /// predicted.</summary>
    /// <returns>Lines of text.</returns>
    public override string ToString()
    {
        string[] names = [.. Enumerable.Range(0, ClassCount).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        return ToTable(names);
    }

    /// <summary>The counts as a table, with names for the classes.</summary>
    /// <param name="names">A name for each class.</param>
    /// <returns>Lines of text.</returns>
    /// <exception cref="ArgumentException">There is not one name for each class.</exception>
    public string ToTable(IReadOnlyList<string> names)
    {
        const string Corner = "right \\ predicted";
        if (names.Count != ClassCount)
            throw new ArgumentException($"{Name}: {names.Count} names for {ClassCount} classes, expected as many");

        int first = names.Append(Corner).Max(name => name.Length);
        int column = names.Concat(_counts.Cast<long>().Select(Written)).Max(text => text.Length) + 2;
        var table = new StringBuilder(Corner.PadRight(first));
        foreach (string name in names)
            table.Append(name.PadLeft(column));
        table.Append('\n');
        for (int right = 0; right < ClassCount; right++)
        {
            table.Append(names[right].PadRight(first));
            for (int predicted = 0; predicted < ClassCount; predicted++)
                table.Append(Written(_counts[right, predicted]).PadLeft(column));
            table.Append('\n');
        }

        return table.ToString();
    }

    private static string Written(long count) => count.ToString(CultureInfo.InvariantCulture);
}
