using System.Runtime.CompilerServices;
using ILGPU;

namespace MiniLstm.Kernels;

/// <summary>Where the ladder cannot lead beyond: nothing but multiplications and additions in registers, sixteen chains c = c x + x a thread, none of
/// which waits for another, and one value written at the end. What products are measured against.</summary>
/// <param name="to">The sums of the chains. Chain k of element i starts at i + k.</param>
/// <param name="x">Of size below 1, so that the chains end at x / (1 - x).</param>
/// <param name="rounds">How often each chain goes <see cref="StepsOfRound"/> steps.</param>
internal readonly struct PeakKernel(ArrayView<float> to, float x, int rounds) : IElementKernel
{
    /// <summary>Steps of a chain in one round: unrolled, so that the loop itself costs nothing.</summary>
    public const int StepsOfRound = 8;

    /// <summary>Arithmetic of an element in one round: two operations a step, sixteen chains.</summary>
    public const int OperationsOfRound = 2 * 16 * StepsOfRound;

    public void Run(int i)
    {
        // All different, or a compiler might compute one of them for all.
        Four a = From(i);
        Four b = From(i + 4);
        Four c = From(i + 8);
        Four d = From(i + 12);
        for (int round = 0; round < rounds; round++)
        {
            Step(ref a, ref b, ref c, ref d);
            Step(ref a, ref b, ref c, ref d);
            Step(ref a, ref b, ref c, ref d);
            Step(ref a, ref b, ref c, ref d);
            Step(ref a, ref b, ref c, ref d);
            Step(ref a, ref b, ref c, ref d);
            Step(ref a, ref b, ref c, ref d);
            Step(ref a, ref b, ref c, ref d);
        }

        a.Add(b);
        c.Add(d);
        a.Add(c);
        to[i] = a.A + a.B + (a.C + a.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Four From(int first) => new() { A = first, B = first + 1, C = first + 2, D = first + 3 };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Step(ref Four a, ref Four b, ref Four c, ref Four d)
    {
        Step(ref a);
        Step(ref b);
        Step(ref c);
        Step(ref d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Step(ref Four four)
    {
        four.A = four.A * x + x;
        four.B = four.B * x + x;
        four.C = four.C * x + x;
        four.D = four.D * x + x;
    }
}
