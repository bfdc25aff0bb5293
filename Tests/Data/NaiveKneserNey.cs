namespace MiniLstm.Tests;

/// <summary>
/// The formulas of <see cref="Training.KneserNey"/> with strings and dictionaries: slow, and plain to check by eye.
/// </summary>
internal sealed class NaiveKneserNey
{
    private readonly int _vocabulary;
    private readonly List<Dictionary<string, int>> _counts = [];
    private readonly List<double[]> _discounts = [];

    public NaiveKneserNey(int[] ids, int vocabulary, int order)
    {
        _vocabulary = vocabulary;
        string text = string.Concat(ids.Select(id => (char)id));
        for (int length = 1; length <= order; length++)
        {
            Dictionary<string, int> counts = length == order
                ? Grams(text, length).CountBy(gram => gram).ToDictionary()
                : Grams(text, length + 1).Distinct().CountBy(gram => gram[1..]).ToDictionary();
            _counts.Add(counts);
            _discounts.Add(Discounts(counts.Values));
        }
    }

    public double Probability(ReadOnlySpan<int> history, int token)
    {
        double probability = 1.0 / _vocabulary;
        for (int length = 1; length <= _counts.Count && length - 1 <= history.Length; length++)
        {
            string context = string.Concat(history[^(length - 1)..].ToArray().Select(id => (char)id));
            Dictionary<string, int> counts = _counts[length - 1];
            double[] discounts = _discounts[length - 1];
            double total = 0;
            double discounted = 0;
            for (int next = 0; next < _vocabulary; next++)
            {
                int other = counts.GetValueOrDefault(context + (char)next);
                total += other;
                discounted += discounts[Math.Min(other, 3)];
            }

            if (total == 0)
                continue;
            int count = counts.GetValueOrDefault(context + (char)token);
            probability = ((count - discounts[Math.Min(count, 3)]) / total) + (discounted / total * probability);
        }

        return probability;
    }

    private static IEnumerable<string> Grams(string text, int length) =>
        Enumerable.Range(0, Math.Max(text.Length - length + 1, 0)).Select(i => text.Substring(i, length));

    private static double[] Discounts(IEnumerable<int> counts)
    {
        double n1 = counts.Count(count => count == 1);
        double n2 = counts.Count(count => count == 2);
        double n3 = counts.Count(count => count == 3);
        double n4 = counts.Count(count => count == 4);
        double y = n1 / (n1 + (2 * n2));
        return
        [
            0,
            n1 > 0 ? Math.Clamp(1 - (2 * y * n2 / n1), 0.1, 1) : 0.5,
            n1 > 0 && n2 > 0 ? Math.Clamp(2 - (3 * y * n3 / n2), 0.1, 2) : 1,
            n1 > 0 && n3 > 0 ? Math.Clamp(3 - (4 * y * n4 / n3), 0.1, 3) : 1.5,
        ];
    }
}
