using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>The order of the samples in an epoch: a pure function of seed and epoch, so that a run can go on from
/// any.</summary>
internal static class Shuffle
{
    // The random stream that this class alone draws from: "SHUFFLE" in ASCII.
    private const ulong Stream = 0x53485546464C45;

    /// <summary>The samples as they are.</summary>
    public static int[] None(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>A permutation, each as likely as any other (Fisher and Yates, 1938).</summary>
    /// <param name="count">How many samples.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    public static int[] Of(int count, ulong seed, int epoch)
    {
        int[] order = None(count);
        Permute(order, seed, WordsOf(epoch));
        return order;
    }

    /// <summary>Batches of sequences of nearly the same length, in any order: the samples are shuffled, sorted by length
    /// (those of one length stay as shuffled), cut into batches, and these are shuffled. What is left over, drawn at
    /// random, is the last and smaller batch.</summary>
    /// <param name="lengths">The length of each sample.</param>
    /// <param name="batchSize">Samples of a batch.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    public static int[] ByLength(ReadOnlySpan<int> lengths, int batchSize, ulong seed, int epoch)
    {
        int[] order = Of(lengths.Length, seed, epoch);
        int batches = order.Length / batchSize;
        int[] length = lengths.ToArray();
        int[] sorted = [.. order.Take(batches * batchSize).OrderBy(sample => length[sample])];
        int[] batchOrder = None(batches);
        Permute(batchOrder, seed, WordsOf(epoch) + (ulong)order.Length);
        return
        [
            .. batchOrder.SelectMany(batch => sorted.Skip(batch * batchSize).Take(batchSize)),
            .. order.Skip(batches * batchSize),
        ];
    }

    // Each epoch has 2^32 words of the stream to itself.
    private static ulong WordsOf(int epoch) => (ulong)epoch << 32;

    private static void Permute(int[] order, ulong seed, ulong firstWord)
    {
        for (int k = order.Length - 1; k > 0; k--)
        {
            ulong word = Philox.Word(seed, Stream, firstWord + (ulong)k);
            int other = (int)((word * (ulong)(k + 1)) >> 32);
            (order[k], order[other]) = (order[other], order[k]);
        }
    }
}
