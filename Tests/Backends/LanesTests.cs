using System.Runtime.Intrinsics;
using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Parts of sixteen lanes, and rows that become columns.</summary>
[Category("Widths")]
public sealed unsafe class LanesTests
{
    private const int Lanes = 16;
    private const float Untouched = -7;

    private delegate void Transpose(float* to, long toRow, float* from, long fromRow);

    [Test]
    public void Parts_OfEveryCount_LeaveTheRestAlone([Range(0, Lanes)] int count)
    {
        CheckPart<Lanes4x4>(count);

        // Wider vectors than the machine's are emulated.
        if (Vector256.IsHardwareAccelerated)
            CheckPart<Lanes8x2>(count);
        if (Vector512.IsHardwareAccelerated)
            CheckPart<Lanes16>(count);
    }

    [Test]
    public void FourColumns_OfSixteenRows_LieWhereTheyBelong() => CheckTransposition(Transposition.FourColumns);

    [Test]
    public void FourRows_FourTimes_LieWhereTheyBelong() => CheckTransposition((to, toRow, from, fromRow) =>
    {
        for (int i = 0; i < Lanes; i += 4)
            Transposition.FourRows(to + i, toRow, from + i * fromRow, fromRow);
    });

    [TestCase(63)]
    [TestCase(2 << 20)]
    [TestCase((2 << 20) + 4097)]
    public void HostBuffer_OfAnySize_BeginsAtALineAndIsWhole(int count)
    {
        using HostBackend host = HostBackend.Create(HostOptions.Default with { Threads = 1 });
        for (int number = 0; number < 4; number++)
        {
            var buffer = (HostBuffer)host.Allocate(count, ElementKind.Float32);
            var values = new Span<float>(buffer.Pointer, count);
            values.Fill(3);
            Assert.That((nuint)buffer.Pointer % HostBuffer.CacheLine, Is.EqualTo((nuint)0));
            Assert.That(values[^1], Is.EqualTo(3));
            buffer.Free();
        }
    }

    private static void CheckTransposition(Transpose transpose)
    {
        const int FromRow = 5;
        const int ToRow = 19;
        float[] from = [.. Enumerable.Range(0, Lanes * FromRow).Select(k => (float)k)];
        float[] to = Enumerable.Repeat(Untouched, 4 * ToRow).ToArray();
        fixed (float* source = from)
        {
            fixed (float* destination = to)
                transpose(destination, ToRow, source, FromRow);
        }

        for (int j = 0; j < to.Length; j++)
            Assert.That(to[j], Is.EqualTo(j % ToRow < Lanes ? from[j % ToRow * FromRow + j / ToRow] : Untouched), $"{j}");
    }

    private static void CheckPart<TLanes>(int count)
        where TLanes : struct, ILanes<TLanes>
    {
        float[] from = [.. Enumerable.Range(1, Lanes).Select(k => (float)k)];
        float* lanes = stackalloc float[Lanes];
        float[] to = Enumerable.Repeat(Untouched, Lanes + 1).ToArray();
        fixed (float* source = from)
        {
            fixed (float* destination = to)
            {
                TLanes part = LaneReduction.Load<TLanes>(source, count);
                part.Store(lanes);
                LaneReduction.Store(part, destination, count);
            }
        }

        for (int k = 0; k < Lanes; k++)
        {
            Assert.That(lanes[k], Is.EqualTo(k < count ? from[k] : 0), $"{typeof(TLanes).Name} {k}");
            Assert.That(to[k], Is.EqualTo(k < count ? from[k] : Untouched), $"{typeof(TLanes).Name} {k}");
        }

        Assert.That(to[Lanes], Is.EqualTo(Untouched));
    }
}
