using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>What tests rely on: memory that was not written is NaN, and writes outside a view are found.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class PoisonTests(TestBackend device) : BackendFixture(device)
{
    [TestCase(1)]
    [TestCase(64)]
    [TestCase(1000)]
    public void Rent_Reals_AreNaN(int count)
    {
        using Scratch scratch = Backend.Pool.Scratch([count], "not written");

        Assert.That(Read(scratch.View), Is.All.NaN);
    }

    [Test]
    public void Return_Reals_BecomeNaN()
    {
        View view = Backend.Pool.Rent([10], "returned");
        Backend.Fill(view, 1);
        Backend.Pool.Return(view);

        Assert.That(Read(view), Is.All.NaN);
    }

    [TestCase(10, 10, "element 1 after its last")]
    [TestCase(10, 12, "element 3 after its last")]
    [TestCase(64, 64, "element 1 after its last")]
    [TestCase(10, -1, "element 1 before its first")]
    [TestCase(10, -16, "element 16 before its first")]
    public void Return_AfterAWriteOutside_NamesThePurposeAndPlace(int count, int place, string expected)
    {
        View view = Backend.Pool.Rent([count], "gates");
        Backend.Fill(Outside(view, place), 0);

        Assert.That(
            () => Backend.Pool.Return(view),
            Throws.InvalidOperationException.With.Message.EqualTo($"BufferPool: something wrote outside 'gates' {view.Shape}: {expected}"));
    }

    [Test]
    public void Return_AfterAnAdditionOutside_IsFound()
    {
        View view = Backend.Pool.Rent([10], "sums");
        Backend.Fill(view, 1);
        Backend.Scale(Outside(view, 10), 0.5, view.Range(0, 1), add: true);

        Assert.That(() => Backend.Pool.Return(view), Throws.InvalidOperationException);
    }

    [Test]
    public void Return_AfterACopyOfAnothersOutside_IsFound()
    {
        View from = Backend.Pool.Rent([10], "from");
        View to = Backend.Pool.Rent([10], "to");
        Backend.Copy(Outside(to, 10), Outside(from, 10));

        Assert.That(() => Backend.Pool.Return(to), Throws.InvalidOperationException);
        Backend.Pool.Return(from);
    }

    [Test]
    public void Return_IntegersWrittenOutside_IsFound()
    {
        View view = Backend.Pool.Rent([10], ElementKind.Int32, "positions");
        Backend.Upload(Outside(view, 10), [0]);

        Assert.That(() => Backend.Pool.Return(view), Throws.InvalidOperationException.With.Message.Contains("'positions'"));
    }

    [Test]
    public void Reads_PastTheEnd_AreNaNBesidesTheFirst()
    {
        using Scratch scratch = Backend.Pool.Scratch([10], "read");

        Assert.That(Read(Outside(scratch.View, 11)), Is.All.NaN);
    }

    private static View Outside(View view, int place) => new(view.Buffer, view.Offset + place, [1]);

    private double[] Read(View view)
    {
        double[] values = new double[view.Count];
        Backend.Download(view, values);
        return values;
    }
}
