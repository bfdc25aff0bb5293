namespace MiniLstm.Training;

/// <summary>
/// The grams of one length in a Kneser-Ney model, with what each contributes: <c>p(w | h) = share(h w) + backoff(h) *
/// p(w | h')</c>.
/// </summary>
internal sealed class GramOrder
{
    // Above 0, so that every context leaves something for the tokens that never followed it.
    private const double LeastDiscount = 0.1;

    private readonly GramTable _grams;

    // (c(h w) - D(c(h w))) / c(h) for each gram.
    private readonly double[] _shares;

    // What the discounts of a context leave for the shorter grams: B(h); 1 where nothing was counted after it.
    private readonly double[] _backoffs;

    /// <summary>Discounts the counts of one order.</summary>
    /// <param name="grams">The grams.</param>
    /// <param name="counts">The count of each.</param>
    /// <param name="contexts">How many grams of one token less there are.</param>
    public GramOrder(GramTable grams, int[] counts, int contexts)
    {
        _grams = grams;
        _shares = new double[grams.Count];
        _backoffs = new double[contexts];

        double[] discounts = Discounts(counts);
        long[] totals = new long[contexts];
        for (int gram = 0; gram < grams.Count; gram++)
        {
            int context = grams.ContextOf(gram);
            double discount = discounts[Math.Min(counts[gram], 3)];
            totals[context] += counts[gram];
            _shares[gram] = counts[gram] - discount;
            _backoffs[context] += discount;
        }

        // A total of 0 is that of a context after which nothing was counted: it has no share to divide either.
        for (int gram = 0; gram < grams.Count; gram++)
            _shares[gram] /= Math.Max(totals[grams.ContextOf(gram)], 1);
        for (int context = 0; context < contexts; context++)
            _backoffs[context] = totals[context] == 0 ? 1 : _backoffs[context] / totals[context];
    }

    /// <summary>The number of the gram of a context and a token, or -1 where it was not counted.</summary>
    /// <param name="context">The number of the context.</param>
    /// <param name="token">The token.</param>
    /// <returns>The number or -1.</returns>
    public int Find(int context, int token) => _grams.Find(context, token);

    /// <summary>The probability at this order from that of the order below.</summary>
    /// <param name="context">The number of the context.</param>
    /// <param name="gram">The number of the gram, or -1.</param>
    /// <param name="shorter">The probability of the same token after a context one shorter.</param>
    /// <returns>The probability.</returns>
    public double Interpolate(int context, int gram, double shorter)
    {
        double share = gram < 0 ? 0 : _shares[gram];
        return share + (_backoffs[context] * shorter);
    }

    // D(0), D(1), D(2), D(3 and more).
    private static double[] Discounts(int[] counts)
    {
        double[] n = new double[5];
        foreach (int count in counts)
        {
            if (count < n.Length)
                n[count]++;
        }

        double y = n[1] / (n[1] + (2 * n[2]));
        double[] discounts = new double[4];
        for (int k = 1; k < discounts.Length; k++)
        {
            double discount = k - ((k + 1) * y * n[k + 1] / n[k]);
            discounts[k] = n[1] > 0 && n[k] > 0 ? Math.Clamp(discount, LeastDiscount, k) : k / 2.0;
        }

        return discounts;
    }
}
