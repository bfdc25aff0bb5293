using MiniLstm.Engine;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class ViewTests(TestBackend device) : BackendFixture(device)
{
    private View _view;

    [SetUp]
    public void Rent()
    {
        _view = Backend.Pool.Rent([4, 3, 2], "view");
        Backend.Upload(_view, [.. Enumerable.Range(0, 24).Select(i => (double)i)]);
    }

    [TearDown]
    public void Return() => Backend.Pool.Return(_view);

    [Test]
    public void Indexer_AnEntry_IsAContiguousRange()
    {
        Assert.That(_view[1].Shape, Is.EqualTo(new Shape([3, 2])));
        Assert.That(Read(_view[1]), Is.EqualTo([6, 7, 8, 9, 10, 11]));
        Assert.That(Read(_view[1][2]), Is.EqualTo([10, 11]));
        Assert.That(() => _view[4], Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Range_SomeEntries_KeepsTheRank()
    {
        View range = _view.Range(1, 2);

        Assert.That(range.Shape, Is.EqualTo(new Shape([2, 3, 2])));
        Assert.That(Read(range.Range(1, 1)), Is.EqualTo([12, 13, 14, 15, 16, 17]));
    }

    [TestCase(-1, 1)]
    [TestCase(0, 0)]
    [TestCase(3, 2)]
    [TestCase(int.MaxValue, 1)]
    public void Range_OutsideTheLeadingAxis_Throws(int start, int count) => Assert.That(
        () => _view.Range(start, count), Throws.TypeOf<ShapeException>().With.Message.Contains("of the leading axis of [4, 3, 2]"));

    [Test]
    public void As_AnotherShape_ReadsTheSameElements()
    {
        Assert.That(Read(_view[3].As([6])), Is.EqualTo(Read(_view[3])));
        Assert.That(_view.AsMatrix().Shape, Is.EqualTo(new Shape([12, 2])));
        Assert.That(
            () => _view.As([5, 5]), Throws.TypeOf<ShapeException>().With.Message.EqualTo("View: [4, 3, 2] has 24 elements, [5, 5] has 25"));
    }

    [Test]
    public void Default_View_DoesNotExist() => Assert.That((default(View).Exists, _view.Exists), Is.EqualTo((false, true)));

    private double[] Read(View view)
    {
        double[] values = new double[view.Count];
        Backend.Download(view, values);
        return values;
    }
}
