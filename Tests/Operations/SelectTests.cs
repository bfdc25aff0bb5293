using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class SelectTests : OperationFixture
{
    [Test]
    public void Select_MaskForEachElement_TakesElementByElement()
    {
        IndexTensor mask = Tape.Indices([2, 2], [1, 0, 0, 7]);

        Assert.That(mask.Select(Counting([2, 2]), Input([2, 2], 10, 20, 30, 40)).ToArray(), Is.EqualTo([1, 20, 30, 4]));
    }

    [Test]
    public void Select_MaskForEachRowOfASquare_TakesRowByRow()
    {
        IndexTensor mask = Tape.Indices([2], [0, 1]);

        Assert.That(mask.Select(Counting([2, 2]), Input([2, 2], 10, 20, 30, 40)).ToArray(), Is.EqualTo([10, 20, 3, 4]));
    }

    [Test]
    public void Select_NotANumberNotTaken_LeavesNoTrace()
    {
        Tensor bad = Input([2], double.NaN, 1);
        Tensor good = Input([2], 5, 6);
        Tensor y = Tape.Indices([2], [0, 1]).Select(bad, good);

        Assert.That(y.ToArray(), Is.EqualTo([5, 1]));
        Assert.That(GradientOf(bad, y), Is.EqualTo([0, 2]));
        Assert.That(Tape.GradientToArray(good), Is.EqualTo([1, 0]));
    }

    [Test]
    public void Select_MaskOfOtherShape_NamesMaskAndOperands() => Assert.That(
        () => Tape.Indices([3], [0, 1, 1]).Select(Counting([2, 3]), Counting([2, 3])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Select: the mask [3] has neither one entry for each element nor one for each row; " +
            "operands input [2, 3], input [2, 3]"));

    [Test]
    public void Select_OperandsOfDifferentShape_IsRefused() => Assert.That(
        () => Tape.Indices([2], [0, 1]).Select(Counting([2, 1]), Counting([2])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Select: shapes differ; operands input [2, 1], input [2]"));
}
