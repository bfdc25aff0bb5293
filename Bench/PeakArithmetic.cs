using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MiniLstm.Bench;

/// <summary>How fast can this machine multiply and add at most? Independent chains of fused multiply-adds in registers, without any memory.</summary>
internal static class PeakArithmetic
{
    private const int Repetitions = 5;
    private const int Rounds = 4_000_000;

    // Two units with a latency of four or five cycles need eight to ten chains; vectors of 256 bits have registers for twelve.
    private const int Chains = 12;

    /// <summary>Measures the peak.</summary>
    /// <param name="threads">How many threads multiply at once.</param>
    /// <returns>10⁹ operations a second of all together, two for each multiplication: the best of several runs.</returns>
    public static double Gigaflops(int threads)
    {
        double best = 0;
        for (int k = 0; k < Repetitions; k++)
            best = Math.Max(best, Once(threads));
        return best;
    }

    /// <summary>Runs the chains of one thread with the widest vectors.</summary>
    /// <param name="rounds">Multiplications of each chain.</param>
    /// <returns>How many numbers a vector has, and a value that depends on all, so that none is left out.</returns>
    public static (int Width, float Value) Run(int rounds)
    {
        if (Vector512.IsHardwareAccelerated)
            return (Vector512<float>.Count, Vector512.Sum(Chain<Vector512<float>, Wide>(Vector512.Create(0.5f), rounds)));
        if (Vector256.IsHardwareAccelerated)
            return (Vector256<float>.Count, Vector256.Sum(Chain<Vector256<float>, Middle>(Vector256.Create(0.5f), rounds)));
        return (Vector128<float>.Count, Vector128.Sum(Chain<Vector128<float>, Narrow>(Vector128.Create(0.5f), rounds)));
    }

    // Each thread takes its own times: on a busy machine one that only waits for the others may look at its watch too late.
    private static double Once(int threads)
    {
        using var start = new Barrier(threads);
        var times = new (long Start, long End)[threads];
        int width = 0;
        var running = new Thread[threads];
        for (int k = 0; k < threads; k++)
        {
            int own = k;
            running[k] = new Thread(() =>
            {
                start.SignalAndWait();
                times[own].Start = Stopwatch.GetTimestamp();
                (width, _) = Run(Rounds);
                times[own].End = Stopwatch.GetTimestamp();
            });
            running[k].Start();
        }

        foreach (Thread thread in running)
            thread.Join();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(times.Min(time => time.Start), times.Max(time => time.End));
        return 2.0 * Chains * width * Rounds * threads / elapsed.TotalSeconds / 1e9;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static T Chain<T, TArithmetic>(T x, int rounds)
        where TArithmetic : struct, IArithmetic<T>
    {
        (T c0, T c1, T c2, T c3, T c4, T c5) = (x, x, x, x, x, x);
        (T c6, T c7, T c8, T c9, T c10, T c11) = (x, x, x, x, x, x);
        for (int k = 0; k < rounds; k++)
        {
            c0 = TArithmetic.MultiplyAdd(c0, x, x);
            c1 = TArithmetic.MultiplyAdd(c1, x, x);
            c2 = TArithmetic.MultiplyAdd(c2, x, x);
            c3 = TArithmetic.MultiplyAdd(c3, x, x);
            c4 = TArithmetic.MultiplyAdd(c4, x, x);
            c5 = TArithmetic.MultiplyAdd(c5, x, x);
            c6 = TArithmetic.MultiplyAdd(c6, x, x);
            c7 = TArithmetic.MultiplyAdd(c7, x, x);
            c8 = TArithmetic.MultiplyAdd(c8, x, x);
            c9 = TArithmetic.MultiplyAdd(c9, x, x);
            c10 = TArithmetic.MultiplyAdd(c10, x, x);
            c11 = TArithmetic.MultiplyAdd(c11, x, x);
        }

        T first = TArithmetic.MultiplyAdd(TArithmetic.MultiplyAdd(c0, c1, c2), c3, TArithmetic.MultiplyAdd(c4, x, c5));
        return TArithmetic.MultiplyAdd(TArithmetic.MultiplyAdd(c6, c7, c8), c9, TArithmetic.MultiplyAdd(c10, first, c11));
    }

    private interface IArithmetic<T>
    {
        static abstract T MultiplyAdd(T a, T b, T c);
    }

    private readonly struct Wide : IArithmetic<Vector512<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
            Vector512.FusedMultiplyAdd(a, b, c);
    }

    private readonly struct Middle : IArithmetic<Vector256<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
            Vector256.FusedMultiplyAdd(a, b, c);
    }

    private readonly struct Narrow : IArithmetic<Vector128<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
            Vector128.FusedMultiplyAdd(a, b, c);
    }
}
