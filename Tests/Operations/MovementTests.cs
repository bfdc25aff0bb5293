using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>Transpose, SliceAxis and Concatenate.</summary>
public sealed class MovementTests : OperationFixture
{
    [TestCase(0, 1)]
    [TestCase(1, 0)]
    public void Transpose_OuterAxes_ExchangesThem(int first, int second)
    {
        Tensor y = Counting([2, 3, 2]).Transpose(first, second);

        Assert.That($"{y.Shape}", Is.EqualTo("[3, 2, 2]"));
        Assert.That(y.ToArray(), Is.EqualTo([1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12]));
    }

    [TestCase(0, 2)]
    [TestCase(1, 1)]
    [TestCase(-1, 0)]
    public void Transpose_NoSuchAxes_NamesThem(int first, int second) => Assert.That(
        () => Counting([2, 3]).Transpose(first, second),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            $"Transpose: axes {first} and {second}, expected two different ones below 2; operands input [2, 3]"));

    [Test]
    public void SliceAxis_LastAxis_TakesColumns()
    {
        Tensor y = Counting([2, 4]).SliceAxis(1, start: 1, count: 2);

        Assert.That(y.ToArray(), Is.EqualTo([2, 3, 6, 7]));
    }

    [Test]
    public void SliceAxis_MiddleAxis_TakesItsEntries()
    {
        Tensor y = Counting([2, 3, 2]).SliceAxis(1, start: 2, count: 1);

        Assert.That($"{y.Shape}", Is.EqualTo("[2, 1, 2]"));
        Assert.That(y.ToArray(), Is.EqualTo([5, 6, 11, 12]));
    }

    [Test]
    public void SliceAxis_LeadingAxis_IsAView()
    {
        Tensor x = Counting([3, 2]);
        Tensor y = x.SliceAxis(0, start: 1, count: 2);

        Assert.That(y.View.Buffer, Is.SameAs(x.View.Buffer));
        Assert.That(Tape.Operations, Is.Empty);
    }

    [Test]
    public void SliceAxis_TwoOverlappingRanges_AddTheirGradients()
    {
        Tensor x = Counting([1, 4]);
        Tensor y = x.SliceAxis(1, 0, 2) + x.SliceAxis(1, 1, 2);

        Assert.That(GradientOf(x, y), Is.EqualTo([1, 3, 2, 0]));
    }

    [TestCase(-1, 2)]
    [TestCase(3, 2)]
    [TestCase(0, 0)]
    [TestCase(1, int.MaxValue)]
    public void SliceAxis_RangeOutside_NamesIt(int start, int count) => Assert.That(
        () => Counting([2, 4]).SliceAxis(1, start, count),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            $"SliceAxis: {count} entries from {start} of axis 1, whose length is 4; operands input [2, 4]"));

    [Test]
    public void SliceAxis_NoSuchAxis_NamesIt() => Assert.That(
        () => Counting([2, 4]).SliceAxis(2, 0, 1),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "SliceAxis: axis 2, expected one below 2; operands input [2, 4]"));

    [Test]
    public void Concatenate_LastAxis_PutsColumnsSideBySide()
    {
        Tensor y = Tensor.Concatenate(1, Counting([2, 1]), Input([2, 2], 10, 20, 30, 40));

        Assert.That(y.ToArray(), Is.EqualTo([1, 10, 20, 2, 30, 40]));
    }

    [Test]
    public void Concatenate_LeadingAxis_PutsOneAfterTheOther()
    {
        Tensor y = Tensor.Concatenate(0, Counting([1, 2]), Input([2, 2], 10, 20, 30, 40));

        Assert.That(y.ToArray(), Is.EqualTo([1, 2, 10, 20, 30, 40]));
    }

    [Test]
    public void Concatenate_CallerChangesItsArray_GradientStillGoesToTheOldPart()
    {
        Tensor[] parts = [Counting([2]), Counting([2])];
        Tensor last = parts[1];
        Tensor y = Tensor.Concatenate(0, parts);
        parts[1] = parts[0];

        Assert.That(GradientOf(last, y), Is.EqualTo([3, 4]));
    }

    [Test]
    public void Concatenate_OtherAxesDiffer_NamesShapesAndAxis() => Assert.That(
        () => Tensor.Concatenate(1, Counting([2, 1]), Counting([3, 1])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Concatenate: [3, 1] differs from [2, 1] in more than axis 1; operands input [2, 1], input [3, 1]"));

    [Test]
    public void Concatenate_NoSuchAxis_NamesIt() => Assert.That(
        () => Tensor.Concatenate(2, Counting([2, 1])),
        Throws.TypeOf<ShapeException>().With.Message.StartsWith("Concatenate: axis 2, expected one below 2;"));
}
