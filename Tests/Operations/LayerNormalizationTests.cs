using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class LayerNormalizationTests : OperationFixture
{
    [Test]
    public void LayerNormalization_TwoRows_NormalizesEachAlone()
    {
        // Means 2 and 15, deviations 1 and 5.
        Tensor y = Input([2, 2], 1, 3, 20, 10).LayerNormalization(Input([2], 10, 100), Input([2], 0.5, 0), epsilon: 0);

        Assert.That(y.ToArray(), Is.EqualTo([-9.5, 100, 10.5, -100]).Within(1e-12));
    }

    [Test]
    public void LayerNormalization_GainOfOtherSize_SaysWhatItMustBe() => Assert.That(
        () => Counting([3, 2]).LayerNormalization(Counting([3]), Counting([3])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "LayerNormalization: gain and shift must be [2]; operands input [3, 2], input [3], input [3]"));

    [Test]
    public void LayerNormalization_NegativeEpsilon_IsRefused() => Assert.That(
        () => Counting([3, 2]).LayerNormalization(Counting([2]), Counting([2]), epsilon: -1),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.EqualTo(
            "LayerNormalization: epsilon -1, expected at least 0"));
}
