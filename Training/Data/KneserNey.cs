namespace MiniLstm.Training;

/// <summary>
/// A language model that only counts: interpolated Kneser-Ney smoothing with three discounts. It is the yardstick for
/// networks, since one that loses to counting has not learnt.
/// </summary>
/// <remarks>
/// <para>
/// The formulas are those of "modified Kneser-Ney" in S. F. Chen and J. Goodman, "An empirical study of smoothing
/// techniques for language modeling", Computer Speech and Language 13 (1999), pages 359-394, after R. Kneser and H.
/// Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995. With w a token, h the k-1 tokens before it,
/// and h' those without the first one,
/// </para>
/// <code>
/// p_k(w | h) = (c(h w) - D(c(h w))) / c(h) + B(h) * p_(k-1)(w | h')       c(h) = sum over w of c(h w)
/// B(h)       = (sum over w of D(c(h w))) / c(h)                           p_0(w) = 1 / vocabulary
/// D(0) = 0,   D(1) = 1 - 2 Y n2 / n1,   D(2) = 2 - 3 Y n3 / n2,   D(3 and more) = 3 - 4 Y n4 / n3,
///             with Y = n1 / (n1 + 2 n2)
/// </code>
/// <para>
/// At the highest order, c counts occurrences; below, it counts the distinct tokens that stand before h w
/// ("continuation counts"). n1 to n4 are how many grams of the order have the count 1 to 4. Where c(h) is 0, p_k is
/// p_(k-1). The few counts of single tokens often give no sensible discount: each D(k) is kept within 0.1 and k, and is
/// k / 2 where n1 or n_k is 0.
/// </para>
/// </remarks>
public sealed class KneserNey
{
    private readonly int _vocabulary;
    private readonly GramOrder[] _orders;
    private readonly int[] _trainingEnd;

    private KneserNey(int vocabulary, GramOrder[] orders, int[] trainingEnd)
    {
        _vocabulary = vocabulary;
        _orders = orders;
        _trainingEnd = trainingEnd;
    }

    /// <summary>Counts a text; about a second for three million characters of prose at order 6.</summary>
    /// <param name="ids">[n], the token ids of the training text, at least one.</param>
    /// <param name="vocabulary">The number of tokens, the unknown one included; ids are below it.</param>
    /// <param name="order">
    /// How many tokens the longest counted grams have, at least 1; they are predicted from one less.
    /// </param>
    /// <returns>The model; some 40 bytes for each distinct gram of each order.</returns>
    /// <exception cref="ArgumentException">There is no token.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The order is below 1, or an id is outside the vocabulary.
    /// </exception>
    public static KneserNey Train(ReadOnlySpan<int> ids, int vocabulary, int order)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ThrowIfEmpty(ids);
        ThrowIfOutside(ids, vocabulary);

        var orders = new GramOrder[order];

        // The number of the gram that ends at each token: at first of the empty one, then of the present length.
        int[] endingAt = new int[ids.Length];
        GramTable shorter = new();
        int contexts = 1;
        for (int length = 1; length <= order; length++)
        {
            int[] continuations = new int[Math.Max(shorter.Count, 1)];
            GramTable grams = Lengthen(ids, length, endingAt, continuations);
            if (length > 1)
            {
                orders[length - 2] = new(shorter, continuations, contexts);
                contexts = shorter.Count;
            }

            shorter = grams;
        }

        int[] occurrences = new int[shorter.Count];
        for (int i = order - 1; i < ids.Length; i++)
            occurrences[endingAt[i]]++;
        orders[^1] = new(shorter, occurrences, contexts);

        return new(vocabulary, orders, ids[Math.Max(ids.Length - order + 1, 0)..].ToArray());
    }

    /// <summary>
    /// How well the model predicts a text that follows the training text: the history begins with that text's end.
    /// </summary>
    /// <param name="ids">[n], the token ids of the text, at least one.</param>
    /// <returns>The mean of -ln p over the tokens; a hash look-up for each token and order.</returns>
    /// <exception cref="ArgumentException">There is no token.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public double NatsPerToken(ReadOnlySpan<int> ids)
    {
        ThrowIfEmpty(ids);
        ThrowIfOutside(ids, _vocabulary);

        int[] contexts = ContextsAfter(_trainingEnd);
        double nats = 0;
        foreach (int id in ids)
            nats -= Math.Log(Advance(contexts, id));
        return nats / ids.Length;
    }

    /// <summary>The probability of a token after some others.</summary>
    /// <param name="history">The tokens before it, of which the last (order - 1) matter; may be empty.</param>
    /// <param name="token">The token.</param>
    /// <returns>Above 0; over all tokens of the vocabulary the sum is 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public double Probability(ReadOnlySpan<int> history, int token)
    {
        ThrowIfOutside(history, _vocabulary);
        ThrowIfOutside([token], _vocabulary);
        return Advance(ContextsAfter(history), token);
    }

    // Numbers the grams of a length, and counts for each gram of one token less the distinct tokens before it.
    private static GramTable Lengthen(ReadOnlySpan<int> ids, int length, int[] endingAt, int[] continuations)
    {
        var grams = new GramTable();

        // From the end, so that the entry to the left is still that of the shorter gram.
        for (int i = ids.Length - 1; i >= length - 1; i--)
        {
            int context = i > 0 ? endingAt[i - 1] : 0;
            int suffix = endingAt[i];
            endingAt[i] = grams.FindOrAdd(context, ids[i], out bool added);
            if (added)
                continuations[suffix]++;
        }

        return grams;
    }

    // Entry k is the number of the gram of the last k tokens, or -1 where it was not counted; entry 0 that of the empty
    // one.
    private int[] ContextsAfter(ReadOnlySpan<int> history)
    {
        int[] contexts = new int[_orders.Length];
        contexts.AsSpan(1).Fill(-1);
        foreach (int id in history[Math.Max(history.Length - _orders.Length + 1, 0)..])
            Advance(contexts, id);
        return contexts;
    }

    // The probability of a token, which then becomes the last one of the contexts.
    private double Advance(int[] contexts, int token)
    {
        double probability = 1.0 / _vocabulary;
        int context = contexts[0];

        // Where a context was not counted, neither was any longer one: their entries are -1 already.
        for (int k = 0; k < _orders.Length && context >= 0; k++)
        {
            int gram = _orders[k].Find(context, token);
            probability = _orders[k].Interpolate(context, gram, probability);
            if (k + 1 < contexts.Length)
                (context, contexts[k + 1]) = (contexts[k + 1], gram);
        }

        return probability;
    }

    private static void ThrowIfEmpty(ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty)
            throw new ArgumentException("KneserNey: no tokens, expected at least one");
    }

    private static void ThrowIfOutside(ReadOnlySpan<int> ids, int vocabulary)
    {
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)vocabulary)
                throw new ArgumentOutOfRangeException(
                    nameof(ids), $"KneserNey: id {id}, expected 0 to {vocabulary - 1}");
        }
    }
}
