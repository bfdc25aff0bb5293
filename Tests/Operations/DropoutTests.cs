using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class DropoutTests : OperationFixture
{
    [Test]
    public void Dropout_Backward_DropsWhatForwardDropped()
    {
        Tensor x = Input([64], [.. Enumerable.Repeat(1.0, 64)]);
        Tensor y = x.Dropout(0.25, new(seed: 1, stream: 2));
        double[] factors = y.ToArray();

        Assert.That(factors, Is.All.EqualTo(0).Or.EqualTo(1 / 0.75));
        Assert.That(factors, Has.Some.EqualTo(0).And.Some.GreaterThan(0));
        Assert.That(GradientOf(x, y), Is.EqualTo(factors.Select((factor, i) => factor * (i + 1))).Within(1e-13));
    }

    [Test]
    public void Dropout_CalledTwice_DrawsOtherNumbers()
    {
        RandomStream stream = new(seed: 1, stream: 2);
        Tensor x = Counting([64]);

        Assert.That(x.Dropout(0.5, stream).ToArray(), Is.Not.EqualTo(x.Dropout(0.5, stream).ToArray()));
        Assert.That(stream.Offset, Is.EqualTo(128));
    }

    [Test]
    public void Dropout_ProbabilityZero_IsTheOperandItself()
    {
        RandomStream stream = new(seed: 1, stream: 2);
        Tensor x = Counting([3]);

        Assert.That(x.Dropout(0, stream), Is.SameAs(x));
        Assert.That(stream.Offset, Is.Zero);
    }

    [TestCase(1.0, "1")]
    [TestCase(-0.5, "-0.5")]
    [TestCase(double.NaN, "NaN")]
    public void Dropout_ProbabilityOutOfRange_NamesItAndDrawsNothing(double probability, string shown)
    {
        RandomStream stream = new(seed: 1, stream: 2);

        Assert.That(
            () => Counting([3]).Dropout(probability, stream),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.EqualTo(
                $"Dropout: probability {shown}, expected 0 to below 1; operands input [3]"));
        Assert.That(stream.Offset, Is.Zero);
    }
}
