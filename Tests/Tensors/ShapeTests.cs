using MiniLstm.Engine;

namespace MiniLstm.Tests;

public sealed class ShapeTests
{
    [Test]
    public void Shape_FourAxes_KnowsItsParts()
    {
        Shape shape = [2, 3, 5, 7];

        Assert.That(shape.Rank, Is.EqualTo(4));
        Assert.That(shape.Count, Is.EqualTo(210));
        Assert.That(shape.Columns, Is.EqualTo(7));
        Assert.That(shape.Rows, Is.EqualTo(30));
        Assert.That(shape.CountBefore(2), Is.EqualTo(6));
        Assert.That(shape.CountAfter(1), Is.EqualTo(35));
        Assert.That($"{shape}", Is.EqualTo("[2, 3, 5, 7]"));
        Assert.That((int[])[.. shape], Is.EqualTo((int[])[2, 3, 5, 7]));
    }

    [Test]
    public void Shape_NoAxis_IsThatOfASingleValue()
    {
        Shape shape = [];

        Assert.That((shape.Rank, shape.Count, shape.Columns, shape.Rows), Is.EqualTo((0, 1L, 1, 1L)));
        Assert.That($"{shape}", Is.EqualTo("[]"));
    }

    [Test]
    public void Shape_SameAxes_AreEqual()
    {
        Assert.That(new Shape([2, 3]), Is.EqualTo(new Shape([2, 3])));
        Assert.That(new Shape([2, 3]), Is.Not.EqualTo(new Shape([3, 2])));
        Assert.That(new Shape([3]), Is.Not.EqualTo(new Shape([3, 1])));
        Assert.That(new Shape([3]), Is.Not.EqualTo(new Shape([1, 3])));
    }

    [Test]
    public void Shape_FiveAxes_IsRefused() => Assert.That(
        () => new Shape([1, 2, 3, 4, 5]), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Shape: 5 axes, expected at most 4"));

    [TestCase(0)]
    [TestCase(-3)]
    public void Shape_AxisBelowOne_IsRefused(int axis) => Assert.That(
        () => new Shape([2, axis]), Throws.TypeOf<ShapeException>().With.Message.Contains($"axes [2, {axis}], expected each at least 1"));

    [Test]
    public void Shape_MoreElementsThanAnIntCounts_IsCounted() =>
        Assert.That(new Shape([int.MaxValue, int.MaxValue]).Count, Is.EqualTo((long)int.MaxValue * int.MaxValue));

    [Test]
    public void Shape_ProductBeyond64Bits_IsRefused() => Assert.That(
        () => new Shape([int.MaxValue, int.MaxValue, 8]), Throws.TypeOf<ShapeException>().With.Message.Contains("beyond 64 bits"));

    [Test]
    public void With_AnAxis_ChangesThatOneOnly()
    {
        Shape shape = [2, 3, 5];

        Assert.That(shape.With(0, 9), Is.EqualTo(new Shape([9, 3, 5])));
        Assert.That(shape.With(1, 9), Is.EqualTo(new Shape([2, 9, 5])));
        Assert.That(shape.WithColumns(9), Is.EqualTo(new Shape([2, 3, 9])));
        Assert.That(() => shape.With(1, 0), Throws.TypeOf<ShapeException>());
        Assert.That(() => shape.With(3, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => shape.With(-1, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Without_AnAxis_ClosesTheGap()
    {
        Shape shape = [2, 3, 5, 7];

        Assert.That(shape.Without(0), Is.EqualTo(new Shape([3, 5, 7])));
        Assert.That(shape.Without(2), Is.EqualTo(new Shape([2, 3, 7])));
        Assert.That(shape.Without(3), Is.EqualTo(new Shape([2, 3, 5])));
        Assert.That(new Shape([4]).Without(0), Is.EqualTo(new Shape([])));
        Assert.That(() => shape.Without(4), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase(-1)]
    [TestCase(2)]
    public void Indexer_NoSuchAxis_Throws(int axis) =>
        Assert.That(() => new Shape([2, 3])[axis], Throws.TypeOf<ArgumentOutOfRangeException>());
}
