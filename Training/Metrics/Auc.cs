namespace MiniLstm.Training;

/// <summary>The area under the receiver operating characteristic: the probability that a row of class 1 has a higher
/// score than one of class 0, ties counting one half.</summary>
/// <remarks>
/// Exact, by ranks (Mann and Whitney, 1947): with n₁ rows of class 1, n₀ of class 0 and R the sum of the ranks of the
/// former among all scores, equal scores sharing the mean of their ranks,
/// <code>
/// AUC = (R - n₁ (n₁ + 1) / 2) / (n₀ n₁)
/// </code>
/// It keeps all scores and sorts them when it is read.
/// </remarks>
public sealed class Auc : Metric
{
    private readonly List<(double Score, bool IsPositive)> _rows = [];

    /// <inheritdoc/>
    public override string Name => "auc";

    /// <inheritdoc/>
    public override double Value
    {
        get
        {
            long positives = _rows.Count(row => row.IsPositive);
            long negatives = _rows.Count - positives;
            double above = RankSum() - positives * (positives + 1) / 2.0;
            return positives == 0 || negatives == 0 ? double.NaN : above / positives / negatives;
        }
    }

    /// <inheritdoc/>
    public override void Reset() => _rows.Clear();

    /// <inheritdoc/>
    public override void Observe(Predictions predictions)
    {
        if (predictions.ClassCount != 2)
            throw new ArgumentException($"{Name}: predictions of {predictions.ClassCount} classes, expected 2");
        for (int row = 0; row < predictions.Rows; row++)
        {
            // Of two columns the last one is class 1.
            double score = predictions.Probabilities[(row + 1) * predictions.Columns - 1];
            _rows.Add((score, predictions.Classes[row] == 1));
        }
    }

    private double RankSum()
    {
        _rows.Sort((a, b) => a.Score.CompareTo(b.Score));
        double sum = 0;
        int start = 0;
        while (start < _rows.Count)
        {
            int end = start;
            int positives = 0;
            while (end < _rows.Count && _rows[end].Score.Equals(_rows[start].Score))
            {
                positives += _rows[end].IsPositive ? 1 : 0;
                end++;
            }

            // Ranks start + 1 to end.
            sum += positives * (start + 1 + end) / 2.0;
            start = end;
        }

        return sum;
    }
}
