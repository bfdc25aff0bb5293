using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>The pool without poison, as in use.</summary>
public sealed class BufferPoolTests
{
    [Test]
    public void Rent_AfterReturn_ReusesTheBuffer()
    {
        using ReferenceBackend backend = new();
        View first = backend.Pool.Rent([10, 10], "first");
        backend.Pool.Return(first);
        View second = backend.Pool.Rent([99], "of the same class");

        Assert.That(second.Buffer, Is.SameAs(first.Buffer));
        PoolStatistics statistics = backend.Pool.Statistics;
        Assert.That((statistics.Rents, statistics.Allocations, statistics.Outstanding), Is.EqualTo((2L, 1L, 1)));
        Assert.That((statistics.LiveBytes, statistics.CachedBytes), Is.EqualTo((second.Buffer.Bytes, 0L)));
    }

    [Test]
    public void Rent_OtherKind_IsAnotherBuffer()
    {
        using ReferenceBackend backend = new();
        View reals = backend.Pool.Rent([10], "reals");
        backend.Pool.Return(reals);
        View integers = backend.Pool.Rent([10], ElementKind.Int32, "integers");

        Assert.That(integers.Buffer, Is.Not.SameAs(reals.Buffer));
        Assert.That((reals.Buffer.Kind, integers.Buffer.Kind), Is.EqualTo((ElementKind.Float64, ElementKind.Int32)));
        Assert.That((reals.Buffer.Bytes, integers.Buffer.Bytes), Is.EqualTo((8 * reals.Buffer.Count, 4 * integers.Buffer.Count)));
    }

    [Test]
    public void Rent_SizeClasses_WasteAtMostAnEighth()
    {
        using ReferenceBackend backend = new();
        foreach (int count in (int[])[512, 513, 577, 1000, 1024, 1025, 4097, 100_001])
        {
            View view = backend.Pool.Rent([count], "sized");
            Assert.That(view.Buffer.Count, Is.InRange(count, count + count / 8), $"{count}");
        }
    }

    [Test]
    public void Statistics_PeakBytes_StayAfterReturn()
    {
        using ReferenceBackend backend = new();
        View one = backend.Pool.Rent([1000], "one");
        View two = backend.Pool.Rent([1000], "two");
        long both = one.Buffer.Bytes + two.Buffer.Bytes;
        backend.Pool.Return(one);
        backend.Pool.Return(two);

        PoolStatistics statistics = backend.Pool.Statistics;
        Assert.That((statistics.PeakBytes, statistics.LiveBytes, statistics.CachedBytes), Is.EqualTo((both, 0L, both)));
        backend.Pool.Trim();
        Assert.That(backend.Pool.Statistics.CachedBytes, Is.Zero);
    }

    [Test]
    public void Return_Twice_NamesThePurpose()
    {
        using ReferenceBackend backend = new();
        View view = backend.Pool.Rent([3], "hidden states");
        backend.Pool.Return(view);

        Assert.That(() => backend.Pool.Return(view), Throws.InvalidOperationException.With.Message.Contains("'hidden states'"));
    }

    [Test]
    public void Return_ToAnotherPool_Throws()
    {
        using ReferenceBackend mine = new();
        using ReferenceBackend other = new();
        View view = mine.Pool.Rent([3], "mine");

        Assert.That(() => other.Pool.Return(view), Throws.InvalidOperationException.With.Message.Contains("another pool"));
    }

    [Test]
    public void Rent_BeyondTheLimit_SaysWhatForAndHowMuch()
    {
        using ReferenceBackend backend = new(BackendOptions.Default with { MemoryLimitBytes = 10_000 });
        View half = backend.Pool.Rent([640], "half");

        Assert.That(
            () => backend.Pool.Rent([640], "other half"),
            Throws.TypeOf<DeviceException>().With.Message.StartsWith(
                "reference: out of memory renting 5,120 bytes for 'other half', 5,120 are in use, most of them for half (5,120 bytes), and the limit is 10,000 bytes"));
        Assert.That(backend.Pool.Statistics.Outstanding, Is.EqualTo(1));

        backend.Pool.Return(half);
        Assert.That(() => backend.Pool.Rent([1024], "all, once what is cached is freed"), Throws.Nothing);
        Assert.That(backend.Pool.Statistics.CachedBytes, Is.Zero);
    }

    [Test]
    public void Rent_BeyondTheDevice_FreesWhatIsCachedAndSaysSo()
    {
        using HostBackend backend = HostBackend.Create();
        backend.Pool.Return(backend.Pool.Rent([1000], "cached"));

        Assert.That(
            () => backend.Pool.Rent([1 << 30, 1 << 17], "far too much"),
            Throws.TypeOf<DeviceException>().With.Message.Contains("'far too much', 0 are in use, and the device has no more"));
        Assert.That(backend.Pool.Statistics.CachedBytes, Is.Zero);
    }

    [Test]
    public void Outstanding_Rents_AreListedLargestFirst()
    {
        using ReferenceBackend backend = new();
        backend.Pool.Rent([10], "small");
        backend.Pool.Rent([1000], "large");

        Assert.That(backend.Pool.Outstanding, Is.EqualTo(["large (8,192 bytes)", "small (512 bytes)"]));
    }

    [Test]
    public void Scratch_Block_ReturnsAtItsEnd()
    {
        using ReferenceBackend backend = new();
        using (Scratch scratch = backend.Pool.Scratch([5], "scratch"))
        {
            Assert.That(scratch.View.Shape, Is.EqualTo(new Shape([5])));
            Assert.That(backend.Pool.Statistics.Outstanding, Is.EqualTo(1));
        }

        Assert.That(backend.Pool.Statistics.Outstanding, Is.Zero);
        Assert.That(() => default(Scratch).Dispose(), Throws.Nothing);
    }

    [Test]
    public void Version_OfABuffer_IsNewAtEveryChangeAndZeroAfterRent()
    {
        using ReferenceBackend backend = new();
        View view = backend.Pool.Rent([5], "weights");
        Assert.That(view.Buffer.Version, Is.Zero);

        view.Buffer.MarkChanged();
        long first = view.Buffer.Version;
        view.Buffer.MarkChanged();
        Assert.That(view.Buffer.Version, Is.GreaterThan(first));

        backend.Pool.Return(view);
        View again = backend.Pool.Rent([5], "something else");
        Assert.That((again.Buffer, again.Buffer.Version), Is.EqualTo((view.Buffer, 0L)));
    }
}
