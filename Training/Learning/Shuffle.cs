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

        // Each epoch has 2^32 words of the stream to itself.
        ulong words = (ulong)epoch << 32;
        for (int k = count - 1; k > 0; k--)
        {
            ulong word = Philox.Word(seed, Stream, words + (ulong)k);
            int other = (int)((word * (ulong)(k + 1)) >> 32);
            (order[k], order[other]) = (order[other], order[k]);
        }

        return order;
    }
}
