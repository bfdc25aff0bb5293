using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>Sum, Mean, Max, ArgMax and Softmax.</summary>
public sealed class ReductionTests : OperationFixture
{
    [Test]
    public void Sum_All_GivesOneElement()
    {
        Tensor y = Counting([2, 3]).Sum();

        Assert.That($"{y.Shape}", Is.EqualTo("[1]"));
        Assert.That(y.ToScalar(), Is.EqualTo(21));
    }

    [Test]
    public void Sum_MiddleAxis_LeavesItOut()
    {
        Tensor y = Counting([2, 3, 2]).Sum(1);

        Assert.That($"{y.Shape}", Is.EqualTo("[2, 2]"));
        Assert.That(y.ToArray(), Is.EqualTo([1 + 3 + 5, 2 + 4 + 6, 7 + 9 + 11, 8 + 10 + 12]));
    }

    [Test]
    public void Mean_AxisOfASquare_AveragesAlongIt()
    {
        Assert.That(Counting([2, 2]).Mean(0).ToArray(), Is.EqualTo([2, 3]));
        Assert.That(Counting([2, 2]).Mean(1).ToArray(), Is.EqualTo([1.5, 3.5]));
        Assert.That(Counting([2, 2]).Mean().ToScalar(), Is.EqualTo(2.5));
    }

    [Test]
    public void Max_Equals_FirstGetsTheGradient()
    {
        Tensor x = Input([2, 3], 5, 7, 7, 9, 1, 9);
        Tensor y = x.Max(1);

        Assert.That(y.ToArray(), Is.EqualTo([7, 9]));
        Assert.That(GradientOf(x, y), Is.EqualTo([0, 1, 0, 2, 0, 0]));
    }

    [Test]
    public void Max_All_FindsTheLargest() =>
        Assert.That(Input([2, 2], -5, -1, -3, -2).Max().ToScalar(), Is.EqualTo(-1));

    [TestCase(-1)]
    [TestCase(2)]
    public void Reductions_NoSuchAxis_NameOperationAxisAndOperand(int axis)
    {
        Tensor x = Counting([2, 3]);

        Assert.That(() => x.Sum(axis), Refuses("Sum"));
        Assert.That(() => x.Mean(axis), Refuses("Mean"));
        Assert.That(() => x.Max(axis), Refuses("Max"));
        Assert.That(() => x.ArgMax(axis), Refuses("ArgMax"));

        NUnit.Framework.Constraints.IResolveConstraint Refuses(string operation) =>
            Throws.TypeOf<ShapeException>().With.Message.EqualTo(
                $"{operation}: axis {axis}, expected one below 2; operands input [2, 3]");
    }

    [Test]
    public void ArgMax_NoAxis_TakesTheLast()
    {
        IndexTensor y = Input([2, 3], 1, 5, 2, 9, 9, 0).ArgMax();

        Assert.That($"{y.Shape}", Is.EqualTo("[2]"));
        Assert.That(y.ToArray(), Is.EqualTo([1, 0]));
    }

    [Test]
    public void ArgMax_Axis_IsBoundedByItsLength()
    {
        IndexTensor y = Input([2, 3], 1, 5, 2, 9, 4, 3).ArgMax(0);

        Assert.That(y.ToArray(), Is.EqualTo([1, 0, 1]));
        Assert.That((y.Minimum, y.Maximum), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Softmax_LargeScores_DoesNotOverflow()
    {
        double e = Math.E;

        Assert.That(Input([2], 1000, 1001).Softmax().ToArray(), Is.EqualTo([1 / (1 + e), e / (1 + e)]).Within(1e-13));
    }

    [Test]
    public void LogSoftmax_UnlikelyClass_KeepsItsDigits() =>
        Assert.That(Input([2], 0, 1000).LogSoftmax().ToArray(), Is.EqualTo([-1000, 0]).Within(1e-12));
}
