using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>Which operand is repeated along which axis: squares are where a wrong choice would go unnoticed.</summary>
public sealed class BroadcastingTests : OperationFixture
{
    private static readonly double[] _plusRow = [11, 22, 13, 24];
    private static readonly double[] _plusColumn = [11, 12, 23, 24];

    [Test]
    public void Add_VectorToSquare_IsARow() =>
        Assert.That((Counting([2, 2]) + Input([2], 10, 20)).ToArray(), Is.EqualTo(_plusRow));

    [Test]
    public void Add_OneByTwoToSquare_IsARow() =>
        Assert.That((Counting([2, 2]) + Input([1, 2], 10, 20)).ToArray(), Is.EqualTo(_plusRow));

    [Test]
    public void Add_TwoByOneToSquare_IsAColumn() =>
        Assert.That((Counting([2, 2]) + Input([2, 1], 10, 20)).ToArray(), Is.EqualTo(_plusColumn));

    [Test]
    public void Add_SquareToSquare_IsElementByElement() =>
        Assert.That((Counting([2, 2]) + Input([2, 2], 10, 20, 30, 40)).ToArray(), Is.EqualTo([11, 22, 33, 44]));

    [Test]
    public void Add_ColumnToCube_RepeatsAlongTheLastAxis()
    {
        Tensor y = Counting([2, 2, 2]) + Input([2, 2, 1], 10, 20, 30, 40);

        Assert.That(y.ToArray(), Is.EqualTo([11, 12, 23, 24, 35, 36, 47, 48]));
    }

    [TestCase(1)]
    [TestCase(1, 1)]
    [TestCase]
    public void Add_OneElement_IsAddedToAll(params int[] axes) =>
        Assert.That((Counting([2, 2]) + Input(new(axes), 10)).ToArray(), Is.EqualTo([11, 12, 13, 14]));

    [Test]
    public void Add_SmallerOnTheLeft_HasTheShapeOfTheLarger()
    {
        Tensor y = Input([2], 10, 20) + Counting([2, 2]);

        Assert.That($"{y.Shape}", Is.EqualTo("[2, 2]"));
        Assert.That(y.ToArray(), Is.EqualTo(_plusRow));
    }

    [Test]
    public void Multiply_SmallerOnTheLeft_HasTheShapeOfTheLarger() =>
        Assert.That((Input([2, 1], 10, 20) * Counting([2, 2])).ToArray(), Is.EqualTo([10, 20, 60, 80]));

    [Test]
    public void Subtract_Row_IsTakenFromEachRow() =>
        Assert.That((Counting([2, 2]) - Input([2], 10, 20)).ToArray(), Is.EqualTo([-9, -18, -7, -16]));

    [Test]
    public void Divide_Column_DividesEachColumn() =>
        Assert.That((Counting([2, 2]) / Input([2, 1], 1, 2)).ToArray(), Is.EqualTo([1, 2, 1.5, 2]));

    [Test]
    public void Subtract_SmallerOnTheLeft_IsRefused() => Assert.That(
        () => Counting([2]) - Counting([2, 2]),
        Throws.TypeOf<ShapeException>().With.Message.StartsWith("Subtract: the right operand must have the shape"));

    [Test]
    public void Divide_SmallerOnTheLeft_IsRefused() => Assert.That(
        () => Counting([1]) / Counting([2, 2]),
        Throws.TypeOf<ShapeException>().With.Message.StartsWith("Divide: the right operand must have the shape"));

    [Test]
    public void Add_VectorAsLongAsTheRows_IsNoColumn() => Assert.That(
        () => Counting([3, 2]) + Counting([3]),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Add: the right operand must have the shape of the left one, or be a row of it (its last axis), " +
            "a column (its other axes, the last one 1) or a single value; operands input [3, 2], input [3]"));

    [Test]
    public void Add_RowsOfOneBatchEntry_AreRefused() =>
        Assert.That(() => Counting([2, 2, 2]) + Counting([2, 2]), Throws.TypeOf<ShapeException>());

    [Test]
    public void Multiply_Row_GetsTheGradientOfItsColumn()
    {
        Tensor row = Input([2], 10, 20);

        // Gradients 1 2 / 3 4 on factors 1 2 / 3 4.
        Assert.That(GradientOf(row, Counting([2, 2]) * row), Is.EqualTo([1 + 9, 4 + 16]));
    }

    [Test]
    public void Multiply_Column_GetsTheGradientOfItsRow()
    {
        Tensor column = Input([2, 1], 10, 20);

        Assert.That(GradientOf(column, Counting([2, 2]) * column), Is.EqualTo([1 + 4, 9 + 16]));
    }

    [Test]
    public void Scale_NumberOnEitherSide_MultipliesEveryElement()
    {
        Assert.That((Counting([3]) * 0.5).ToArray(), Is.EqualTo([0.5, 1, 1.5]));
        Assert.That((-2 * Counting([3])).ToArray(), Is.EqualTo([-2, -4, -6]));
    }
}
