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
        Float4 a = From(i);
        Float4 b = From(i + 4);
        Float4 c = From(i + 8);
        Float4 d = From(i + 12);
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
        to[i] = a.X + a.Y + (a.Z + a.W);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 From(int first) => new() { X = first, Y = first + 1, Z = first + 2, W = first + 3 };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Step(ref Float4 a, ref Float4 b, ref Float4 c, ref Float4 d)
    {
        Step(ref a);
        Step(ref b);
        Step(ref c);
        Step(ref d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Step(ref Float4 four)
    {
        four.X = four.X * x + x;
        four.Y = four.Y * x + x;
        four.Z = four.Z * x + x;
        four.W = four.W * x + x;
    }
}
