using MiniLstm.App;

namespace MiniLstm.Tests;

public sealed class FiguresTests
{
    [TestCase(0, "0:00")]
    [TestCase(65, "1:05")]
    [TestCase(3600, "1:00:00")]
    [TestCase(90_061, "25:01:01")]
    public void Duration_IsReadAsAClock(int seconds, string expected)
    {
        Assert.That(Figures.Duration(TimeSpan.FromSeconds(seconds)), Is.EqualTo(expected));
    }

    [Test]
    public void Loss_IsInBothUnits()
    {
        Assert.That(Figures.Loss(Math.Log(2)), Is.EqualTo("0.693 nats, 1.000 bits per character"));
    }

    [TestCase(123_456_789, "123 MB")]
    [TestCase(25_300_000_000, "25.3 GB")]
    public void Memory_IsShort(long bytes, string expected)
    {
        Assert.That(Figures.Memory(bytes), Is.EqualTo(expected));
    }
}
