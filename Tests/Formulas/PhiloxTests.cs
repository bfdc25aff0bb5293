using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Known answers of Philox 4x32-10, as published with Random123 (kat_vectors), and what is built on it.</summary>
public sealed class PhiloxTests
{
    [TestCase(0ul, 0ul, 0ul, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(
        0x299f31d0_a4093822ul, 0x03707344_13198a2eul, 0x85a308d3_243f6a88ul, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Block_PublishedInputs_GiveThePublishedWords(ulong seed, ulong stream, ulong block, uint x, uint y, uint z, uint w) =>
        Assert.That(Philox.Block(seed, stream, block), Is.EqualTo((x, y, z, w)));

    [Test]
    public void Word_Index_CountsThroughTheBlocks()
    {
        (uint x, uint y, uint z, uint w) = Philox.Block(seed: 3, stream: 5, block: 7);

        Assert.That(Enumerable.Range(28, 4).Select(i => Philox.Word(3, 5, (ulong)i)), Is.EqualTo([x, y, z, w]));
    }

    [TestCase(0u, 0.0)]
    [TestCase(0xffu, 0.0)]
    [TestCase(0x80000000u, 0.5)]
    [TestCase(uint.MaxValue, 1 - 1.0 / (1 << 24))]
    public void ToUnit_Word_IsItsUpper24Bits(uint word, double expected) => Assert.That(Philox.ToUnit(word), Is.EqualTo(expected));

    [Test]
    public void Take_SomeWords_MovesOnByWholeBlocks()
    {
        RandomStream stream = new(seed: 1, stream: 2);
        RandomRange first = stream.Take(5);
        RandomRange second = stream.Take(4);
        stream.NextUniform();
        RandomRange third = stream.Take(1);

        Assert.That(first, Is.EqualTo(new RandomRange(1, 2, 0)));
        Assert.That(second.Offset, Is.EqualTo(8));
        Assert.That((third.Offset, stream.Offset), Is.EqualTo((16ul, 20ul)));
        Assert.That(second.Uniform(3), Is.EqualTo(Philox.ToUnit(Philox.Word(1, 2, 11))));
    }

    [Test]
    public void Offset_SetBack_GivesTheSameNumbers()
    {
        RandomStream stream = new(seed: 1, stream: 2);
        double[] first = [stream.NextUniform(), stream.NextNormal(), stream.NextUniform()];
        stream.Offset = 0;

        double[] second = [stream.NextUniform(), stream.NextNormal(), stream.NextUniform()];
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void NextNormal_ManyNumbers_HaveMean0AndDeviation1()
    {
        RandomStream stream = new(seed: 1, stream: 2);
        double[] numbers = [.. Enumerable.Range(0, 10_000).Select(_ => stream.NextNormal())];

        Assert.That(numbers.Average(), Is.Zero.Within(0.03));
        Assert.That(numbers.Average(x => x * x), Is.EqualTo(1).Within(0.05));
        Assert.That(numbers.Average(x => x * x * x * x), Is.EqualTo(3).Within(0.3));
    }
}
