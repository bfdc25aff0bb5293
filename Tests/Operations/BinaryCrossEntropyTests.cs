using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class BinaryCrossEntropyTests : OperationFixture
{
    private const double Precision = 1e-14;

    private static readonly double[] _logits = [2, -1, 0, 3];
    private static readonly double[] _labels = [1, 0, 0.25, 0];

    [Test]
    public void BinaryCrossEntropy_None_IsThatOfTheProbabilities()
    {
        Tensor loss = Input([2, 2], _logits).BinaryCrossEntropy(Tape.Input([2, 2], _labels), Reduction.None);

        Assert.That($"{loss.Shape}", Is.EqualTo("[2, 2]"));
        Assert.That(loss.ToArray(), Is.EqualTo(Expected((_, _) => 1, (_, _) => 1)).Within(Precision));
    }

    [Test]
    public void BinaryCrossEntropy_MeanAndSum_AreThoseOfAllElements()
    {
        Tensor logits = Input([2, 2], _logits);
        Tensor labels = Tape.Input([2, 2], _labels);
        double sum = Expected((_, _) => 1, (_, _) => 1).Sum();

        Assert.That(logits.BinaryCrossEntropy(labels).ToScalar(), Is.EqualTo(sum / 4).Within(Precision));
        Assert.That(
            logits.BinaryCrossEntropy(labels, Reduction.Sum).ToScalar(), Is.EqualTo(sum).Within(Precision));
    }

    [Test]
    public void BinaryCrossEntropy_Weights_MultiplyElementsAndThePositiveClass()
    {
        Tensor weights = Tape.Input([2, 1], [0.5, 3]);
        Tensor positive = Tape.Input([2], [7, 2]);
        Tensor logits = Input([2, 2], _logits);
        Tensor labels = Tape.Input([2, 2], _labels);

        double[] expected = Expected((row, _) => row == 0 ? 0.5 : 3, (_, column) => column == 0 ? 7 : 2);
        Assert.That(
            logits.BinaryCrossEntropy(labels, Reduction.None, weights, positive).ToArray(),
            Is.EqualTo(expected).Within(Precision));
        Assert.That(
            logits.BinaryCrossEntropy(labels, Reduction.Mean, weights, positive).ToScalar(),
            Is.EqualTo(expected.Average()).Within(Precision),
            "the mean divides by the number of elements");
    }

    [Test]
    public void BinaryCrossEntropy_LogitsFarOut_IsExactAndFinite()
    {
        Tensor logits = Input([4], 1e4, -1e4, 1e4, 50);
        Tensor loss = logits.BinaryCrossEntropy(Tape.Input([4], [1, 1, 0, 1]), Reduction.None);

        Assert.That(loss.ToArray(), Is.EqualTo([0, 1e4, 1e4, Math.Exp(-50)]).Within(1e-30));
        Assert.That(GradientOf(logits, loss), Is.EqualTo([0, -2, 3, -4 * Math.Exp(-50)]).Within(1e-30));
    }

    [Test]
    public void BinaryCrossEntropy_LabelsOfOtherShape_NamesBoth() => Assert.That(
        () => Input([2, 2], _logits).BinaryCrossEntropy(Tape.Input([4], _labels)),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "BinaryCrossEntropy: every logit needs a label, but the shapes differ; " +
            "operands input [2, 2], input [4]"));

    [Test]
    public void BinaryCrossEntropy_TrackedLabels_AreRefused() => Assert.That(
        () => Input([2, 2], _logits).BinaryCrossEntropy(Input([2, 2], _labels)),
        Throws.ArgumentException.With.Message.StartsWith("BinaryCrossEntropy: labels and weights are constants"));

    private static double[] Expected(Func<int, int, double> weight, Func<int, int, double> positiveWeight)
    {
        double[] losses = new double[4];
        for (int i = 0; i < 4; i++)
        {
            double p = 1 / (1 + Math.Exp(-_logits[i]));
            double positive = positiveWeight(i / 2, i % 2) * _labels[i] * Math.Log(p);
            losses[i] = -weight(i / 2, i % 2) * (positive + (1 - _labels[i]) * Math.Log(1 - p));
        }

        return losses;
    }
}
