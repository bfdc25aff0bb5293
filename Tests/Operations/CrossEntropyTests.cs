using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class CrossEntropyTests : OperationFixture
{
    private const double Precision = 1e-14;

    // The loss of class 0 is log((e³ + 2) / e³) in the first row and log 3 in the second.
    private static readonly double[] _twoRows = [3, 0, 0, 1, 1, 1];
    private static readonly double _firstLoss = Math.Log((Math.Exp(3) + 2) / Math.Exp(3));
    private static readonly double _secondLoss = Math.Log(3);

    [Test]
    public void CrossEntropy_None_KeepsTheShapeOfTheTargets()
    {
        Tensor loss = Input([2, 1, 3], _twoRows).CrossEntropy(Tape.Indices([2, 1], [0, 0]), Reduction.None);

        Assert.That($"{loss.Shape}", Is.EqualTo("[2, 1]"));
        Assert.That(loss.ToArray(), Is.EqualTo([_firstLoss, _secondLoss]).Within(Precision));
    }

    [Test]
    public void CrossEntropy_Sum_AddsRows()
    {
        Tensor loss = Input([2, 3], _twoRows).CrossEntropy(Tape.Indices([2], [0, 0]), Reduction.Sum);

        Assert.That(loss.ToScalar(), Is.EqualTo(_firstLoss + _secondLoss).Within(Precision));
    }

    [Test]
    public void CrossEntropy_Mean_CountsOnlyRowsThatAreNotIgnored()
    {
        Tensor logits = Input([2, 3], _twoRows);
        Tensor loss = logits.CrossEntropy(Tape.Indices([2], [-100, 0]));

        Assert.That(loss.ToScalar(), Is.EqualTo(_secondLoss).Within(Precision));
        Assert.That(GradientOf(logits, loss), Is.EqualTo([0, 0, 0, -2 / 3.0, 1 / 3.0, 1 / 3.0]).Within(Precision));
    }

    [Test]
    public void CrossEntropy_MeanWithClassWeights_DividesByTheWeightsOfTheTargets()
    {
        Tensor weights = Tape.Input([3], [2, 0.5, 7]);
        Tensor loss = Input([2, 3], _twoRows).CrossEntropy(Tape.Indices([2], [0, 1]), classWeights: weights);

        Assert.That(loss.ToScalar(), Is.EqualTo((2 * _firstLoss + 0.5 * _secondLoss) / 2.5).Within(Precision));
    }

    [Test]
    public void CrossEntropy_Smoothing_MixesTargetAndMeanOfAllClasses()
    {
        Tensor logits = Input([1, 3], 3, 0, 0);
        Tensor loss = logits.CrossEntropy(Tape.Indices([1], [0]), options: new(Smoothing: 0.3));

        Assert.That(loss.ToScalar(), Is.EqualTo(0.7 * _firstLoss + 0.1 * (3 * _firstLoss + 6)).Within(Precision));
    }

    [Test]
    public void CrossEntropy_AllIgnored_IsNotANumber()
    {
        Tensor loss = Input([2, 3], _twoRows).CrossEntropy(Tape.Indices([2], [1, 1]), options: new(IgnoredIndex: 1));

        Assert.That(loss.ToScalar(), Is.NaN);
    }

    [TestCase(3)]
    [TestCase(-1)]
    public void CrossEntropy_TargetIsNoClass_NamesItAndTheClasses(int target) => Assert.That(
        () => Input([2, 3], _twoRows).CrossEntropy(Tape.Indices([2], [0, target])),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.EqualTo(
            $"CrossEntropy: target {target}, expected 0 to 2 or the ignored -100; operands input [2, 3], targets [2]"));

    [TestCase(-100, -5)]
    [TestCase(255, 7)]
    public void CrossEntropy_TargetIsNoClassBesideAnIgnoredOne_NamesIt(int ignored, int target) => Assert.That(
        () => Counting([3, 3]).CrossEntropy(Tape.Indices([3], [0, ignored, target]), options: new(ignored)),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith(
            $"CrossEntropy: target {target}, expected 0 to 2 or the ignored {ignored};"));

    [Test]
    public void CrossEntropyOptions_OnlySmoothingGiven_IgnoreNoClass() =>
        Assert.That(new CrossEntropyOptions { Smoothing = 0.1 }.IgnoredIndex, Is.EqualTo(CrossEntropyOptions.NoIndex));

    [Test]
    public void CrossEntropy_TargetsOfOtherShape_NamesIt() => Assert.That(
        () => Input([2, 3], _twoRows).CrossEntropy(Tape.Indices([3], [0, 0, 0])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "CrossEntropy: targets [3] are not one for each row of logits [..., classes]; operands input [2, 3]"));

    [Test]
    public void CrossEntropy_ClassWeightsOfOtherSize_SaysWhatTheyMustBe() => Assert.That(
        () => Input([2, 3], _twoRows).CrossEntropy(Tape.Indices([2], [0, 0]), classWeights: Tape.Input([2], [1, 1])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "CrossEntropy: the class weights must be [3]; operands input [2, 3], input [2]"));

    [Test]
    public void CrossEntropy_TrackedClassWeights_AreRefused() => Assert.That(
        () => Input([2, 3], _twoRows).CrossEntropy(Tape.Indices([2], [0, 0]), classWeights: Counting([3])),
        Throws.ArgumentException.With.Message.StartsWith("CrossEntropy: class weights are constants"));

    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void CrossEntropy_SmoothingOutOfRange_IsRefused(double smoothing) => Assert.That(
        () => Input([2, 3], _twoRows).CrossEntropy(Tape.Indices([2], [0, 0]), options: new(Smoothing: smoothing)),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith("CrossEntropy: smoothing"));
}
