using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MiniLstm.Bench;

/// <summary>How fast bytes can be read and copied, again and again, wherever a block of their size stays: in a cache or in memory.</summary>
internal static class MemorySpeed
{
    private const double SecondsOfTrial = 0.15;
    private const int Trials = 3;

    /// <summary>The best of some trials, in GB of the block a second.</summary>
    /// <param name="bytes">The size of the block.</param>
    /// <param name="threads">How many threads share it, each a part of its own.</param>
    public static (double Read, double Copy) Of(long bytes, int threads)
    {
        int vectors = (int)Math.Max(8, bytes / threads / Vector512<int>.Count / sizeof(int));
        double read = 0;
        double copy = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            read = Math.Max(read, Total(threads, () => Read(Filled(vectors * Vector512<int>.Count))));
            copy = Math.Max(copy, Total(threads, () => Copy(Filled(vectors * Vector512<int>.Count))));
        }

        return (read, copy);
    }

    private static double Total(int threads, Func<double> part)
    {
        double total = 0;
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            double own = part();
            lock (part)
                total += own;
        }))];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            worker.Join();
        return total;
    }

    // Pages that were never written may all be one page of zeros, which is always in the cache.
    private static int[] Filled(int length)
    {
        int[] block = new int[length];
        Array.Fill(block, 1);
        return block;
    }

    private static double Read(int[] block)
    {
        int bits = 0;
        double speed = Repeat(block, () => bits |= AllBits(block));
        return bits != 0 ? speed : throw new InvalidOperationException("the block was not read");
    }

    private static double Copy(int[] block)
    {
        int[] to = new int[block.Length];
        return Repeat(block, () => block.CopyTo(to, 0));
    }

    private static double Repeat(int[] block, Action once)
    {
        once();
        long rounds = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < SecondsOfTrial)
        {
            once();
            rounds++;
        }

        return rounds * block.Length * (double)sizeof(int) / 1e9 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int AllBits(int[] block)
    {
        int step = Vector512<int>.Count;
        ref int first = ref block[0];
        Vector512<int> a = default, b = default, c = default, d = default;
        nuint k = 0;
        for (; k + (nuint)(4 * step) <= (nuint)block.Length; k += (nuint)(4 * step))
        {
            a |= Vector512.LoadUnsafe(ref first, k);
            b |= Vector512.LoadUnsafe(ref first, k + (nuint)step);
            c |= Vector512.LoadUnsafe(ref first, k + (nuint)(2 * step));
            d |= Vector512.LoadUnsafe(ref first, k + (nuint)(3 * step));
        }

        return Vector512.Sum(a | b | c | d);
    }
}
