using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class SquaredErrorTests : OperationFixture
{
    [Test]
    public void SquaredError_EachReduction_IsThatOfTheDifferences()
    {
        Tensor x = Input([2, 2], 1, 2, 3, 4);
        Tensor target = Tape.Input([2, 2], [3, 2, 0, 5]);

        Assert.That(x.SquaredError(target, Reduction.None).ToArray(), Is.EqualTo([4, 0, 9, 1]));
        Assert.That(x.SquaredError(target, Reduction.Sum).ToScalar(), Is.EqualTo(14));
        Assert.That(x.SquaredError(target).ToScalar(), Is.EqualTo(3.5));
    }

    [Test]
    public void SquaredError_BothTracked_PullsThemTogether()
    {
        Tensor x = Input([2], 1, 5);
        Tensor target = Input([2], 2, 3);
        Tape.Backward(x.SquaredError(target));

        Assert.That(Tape.GradientToArray(x), Is.EqualTo([-1, 2]));
        Assert.That(Tape.GradientToArray(target), Is.EqualTo([1, -2]));
    }

    [Test]
    public void SquaredError_ShapesDiffer_NamesBoth() => Assert.That(
        () => Counting([2, 3]).SquaredError(Counting([3])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "SquaredError: every element needs a target, but the shapes differ; operands input [2, 3], input [3]"));
}
