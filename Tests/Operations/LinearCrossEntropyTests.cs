using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class LinearCrossEntropyTests : OperationFixture
{
    private const double Precision = 1e-14;
    private const int Rows = 7;
    private const int Inner = 3;
    private const int Classes = 5;

    private static readonly int[] _targets = [4, 0, 2, 2, 1, 3, 0];

    [Test]
    public void LinearCrossEntropy_EveryReduction_EqualsTheLossOfWholeLogits(
        [Values] Reduction reduction, [Values(1, 2, 7, 8)] int rowsAtATime, [Values] bool smooths)
    {
        CrossEntropyOptions options = smooths ? new(IgnoredIndex: 2, Smoothing: 0.2) : new();
        (Tensor x, Tensor weight, Tensor bias, IndexTensor targets) = Operands();
        Tensor whole = x.Linear(weight, bias).CrossEntropy(targets, reduction, options);
        double[] wanted = [.. GradientOf(x, whole), .. Tape.GradientToArray(weight), .. Tape.GradientToArray(bias)];

        (x, weight, bias, targets) = Operands();
        Tensor loss = Tape.Run(new LinearCrossEntropy(x, weight, bias, targets, reduction, options, null, rowsAtATime));

        Assert.That(loss.ToArray(), Is.EqualTo(whole.ToArray()).Within(Precision));
        double[] found = [.. GradientOf(x, loss), .. Tape.GradientToArray(weight), .. Tape.GradientToArray(bias)];
        Assert.That(found, Is.EqualTo(wanted).Within(Precision));
    }

    [Test]
    public void LinearCrossEntropy_NoRowCounts_HasNoGradient([Values] Reduction reduction)
    {
        CrossEntropyOptions options = new(IgnoredIndex: 2);
        (Tensor x, Tensor weight, Tensor bias, _) = Operands();
        IndexTensor targets = Tape.Indices([Rows], [.. Enumerable.Repeat(2, Rows)]);
        Tensor loss = Tape.Run(new LinearCrossEntropy(x, weight, bias, targets, reduction, options, null, 3));

        double[] found = [.. GradientOf(x, loss), .. Tape.GradientToArray(weight), .. Tape.GradientToArray(bias)];
        Assert.That(found, Has.All.Zero);
    }

    [Test]
    public void LinearCrossEntropy_TapeWalkedTwice_AddsTheSameGradientAgain()
    {
        (Tensor x, Tensor weight, Tensor bias, IndexTensor targets) = Operands();
        Tensor loss = x.LinearCrossEntropy(weight, bias, targets);
        double[] once = GradientOf(weight, loss);

        Tape.Backward(loss);

        Assert.That(Tape.GradientToArray(weight), Is.EqualTo(once.Select(g => 2 * g)).Within(Precision));
    }

    [Test]
    public void LinearCrossEntropy_OnlyTheWeightIsTracked_GivesItsGradient()
    {
        (_, Tensor weight, Tensor bias, IndexTensor targets) = Operands();
        Tensor x = Tape.Input([Rows, Inner], Values(Rows * Inner, 1));
        Tensor loss = x.LinearCrossEntropy(weight, bias, targets);

        Assert.That(GradientOf(weight, loss), Has.Some.Not.Zero);
    }

    [Test]
    public void LinearCrossEntropy_InferenceTape_KeepsOnlyLossAndLogSums()
    {
        using Backend backend = new ReferenceBackend();
        using Tape tape = Tape.ForInference(backend);
        Tensor x = tape.Input([Rows, Inner], Values(Rows * Inner, 1));
        Tensor weight = tape.Input([Classes, Inner], Values(Classes * Inner, 2));
        IndexTensor targets = tape.Indices([Rows], _targets);
        int before = backend.Pool.Statistics.Outstanding;

        x.LinearCrossEntropy(weight, bias: null, targets);

        // The loss, the log sums, the total weight.
        Assert.That(backend.Pool.Statistics.Outstanding - before, Is.EqualTo(3));
    }

    [Test]
    public void LinearCrossEntropy_TrainingOnTheHost_NeverHoldsAllLogits()
    {
        const int ManyRows = 4800;
        const int ManyClasses = 4096;
        using Backend backend = HostBackend.Create(HostOptions.Default with { Threads = 2 });
        using Tape tape = Tape.ForTraining(backend);
        Tensor x = tape.Input([ManyRows, 1], Values(ManyRows, 1), tracked: true);
        Tensor weight = tape.Input([ManyClasses, 1], Values(ManyClasses, 2), tracked: true);
        IndexTensor targets = tape.Indices([ManyRows], new int[ManyRows]);

        tape.Backward(x.LinearCrossEntropy(weight, bias: null, targets));

        // Room for a fifth of them.
        long whole = sizeof(float) * (long)ManyRows * ManyClasses;
        Assert.That(backend.Pool.Statistics.PeakBytes, Is.LessThan(0.3 * whole));
    }

    [TestCase(700, 10_000, 354)]
    [TestCase(100, 10_000, 102)]
    [TestCase(2048, 1_000_000, 192)]
    [TestCase(4096, 65, 4098)]
    public void RowsAtATime_AreEvenAndNotTooFew(int rows, int classes, int expected) =>
        Assert.That(LinearCrossEntropy.RowsAtATime(rows, classes), Is.EqualTo(expected));

    [Test]
    public void LinearCrossEntropy_TargetIsNoClass_NamesItAndTheOperand()
    {
        (Tensor x, Tensor weight, Tensor bias, _) = Operands();

        Assert.That(
            () => x.LinearCrossEntropy(weight, bias, Tape.Indices([Rows], [0, 0, 0, 5, 0, 0, 0])),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.EqualTo(
                "LinearCrossEntropy: target 5, expected 0 to 4 or the ignored -100; operands input [7, 3], targets [7]"));
    }

    [Test]
    public void LinearCrossEntropy_TargetsOfOtherShape_NamesBoth()
    {
        (Tensor x, Tensor weight, Tensor bias, _) = Operands();

        Assert.That(
            () => x.LinearCrossEntropy(weight, bias, Tape.Indices([2], [0, 0])),
            Throws.TypeOf<ShapeException>().With.Message.StartsWith(
                "LinearCrossEntropy: targets [2] are not one for each row of x [..., in]; operands input [7, 3]"));
    }

    private (Tensor X, Tensor Weight, Tensor Bias, IndexTensor Targets) Operands() => (
        Input([Rows, Inner], Values(Rows * Inner, 1)),
        Input([Classes, Inner], Values(Classes * Inner, 2)),
        Input([Classes], Values(Classes, 3)),
        Tape.Indices([Rows], _targets));

    private static double[] Values(int count, ulong stream)
    {
        var random = new RandomStream(seed: 1, stream);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextUniform() - 1)];
    }
}
