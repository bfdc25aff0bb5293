using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>The losses against values computed by hand, on a model that hands its input through: a Dense layer with the
/// identity for its weight.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class LossTests(TestBackend device) : BackendFixture(device)
{
    private const double Bound = 1e-6;

    private static readonly float[,] _logits = { { 1, 2 }, { 0.5f, -1 }, { 3, 0 } };

    [Test]
    public void SparseCategoricalCrossEntropy_IsMinusLogSoftmaxOfTheLabel()
    {
        // log(e^1 + e^2) - 2, log(e^0.5 + e^-1) - 0.5, log(e^3 + 1).
        double[] rows = [0.313261688, 0.201413278, 3.048587352];
        Check(Loss.SparseCategoricalCrossEntropy, new int[] { 1, 0, 1 }, rows.Average());
    }

    [Test]
    public void CategoricalCrossEntropy_OneHot_IsThatOfTheLabel()
    {
        Check(
            Loss.CategoricalCrossEntropy,
            new float[,] { { 0, 1 }, { 1, 0 }, { 0, 1 } },
            (0.313261688 + 0.201413278 + 3.048587352) / 3);
    }

    [Test]
    public void CategoricalCrossEntropy_Distribution_WeighsAllClasses()
    {
        // 0.25 (log(e^1 + e^2) - 1) + 0.75 (log(e^1 + e^2) - 2), and the others as above.
        Check(
            Loss.CategoricalCrossEntropy,
            new float[,] { { 0.25f, 0.75f }, { 1, 0 }, { 0, 1 } },
            (0.563261688 + 0.201413278 + 3.048587352) / 3);
    }

    [Test]
    public void BinaryCrossEntropy_IsTheMeanOverAllColumns()
    {
        // log(1 + e^z) - z t: z 1, 2, 0.5, -1, 3, 0 with t 0, 1, 1, 0, 1, 0.
        double[] elements = [1.313261688, 0.126928011, 0.474076984, 0.313261688, 0.048587352, 0.693147181];
        Check(Loss.BinaryCrossEntropy, new float[,] { { 0, 1 }, { 1, 0 }, { 1, 0 } }, elements.Average());
    }

    [Test]
    public void BinaryCrossEntropy_LargeLogits_StaysFinite()
    {
        using Learner learner = Compile(Loss.BinaryCrossEntropy, columns: 1, out Sequential model);
        using Sequential owned = model;

        double loss = learner.Evaluate(new float[,] { { 1000 }, { -1000 } }, new int[] { 1, 1 })["loss"];

        Assert.That(loss, Is.EqualTo(500).Within(1e-3));
    }

    [Test]
    public void MeanSquaredError_IsTheMeanOverAllColumns()
    {
        Check(
            Loss.MeanSquaredError,
            new float[,] { { 0, 2 }, { 0.5f, 1 }, { 1, 0 } },
            (1 + 0 + 0 + 4 + 4 + 0) / 6.0);
    }

    [Test]
    public void MeanSquaredError_OneColumn_TakesAPlainArray()
    {
        using Learner learner = Compile(Loss.MeanSquaredError, columns: 1, out Sequential model);
        using Sequential owned = model;

        Assert.That(
            learner.Evaluate(new float[,] { { 1 }, { 4 } }, new float[] { 2, 2 })["loss"],
            Is.EqualTo(2.5).Within(Bound));
    }

    [Test]
    public void Evaluate_SampleWeights_DivideByTheNumberOfSamples()
    {
        using Learner learner = Compile(Loss.MeanSquaredError, columns: 1, out Sequential model);
        using Sequential owned = model;

        double loss = learner.Evaluate(
            new float[,] { { 1 }, { 2 }, { 3 } }, new float[3], sampleWeight: new float[] { 2, 0, 1 })["loss"];

        Assert.That(loss, Is.EqualTo((2 * 1 + 0 * 4 + 1 * 9) / 3.0).Within(Bound));
    }

    [Test]
    public void Evaluate_SequencesOfLabels_BelongToTheirTimeSteps()
    {
        using Learner learner = Compile(Loss.SparseCategoricalCrossEntropy, columns: 2, out Sequential model);
        using Sequential owned = model;
        var inputs = new float[,,] { { { 0, 9 }, { 9, 0 }, { 9, 0 } }, { { 9, 0 }, { 9, 0 }, { 0, 9 } } };
        var labels = new int[,] { { 1, 0, 0 }, { 0, 0, 1 } };

        // Each is right with a margin of 9; in any other order some are wrong by 9.
        Assert.That(learner.Evaluate(inputs, labels)["loss"], Is.EqualTo(1.234e-4).Within(1e-6));
    }

    [Test]
    public void Evaluate_WeightsOfTimeSteps_BelongToThem()
    {
        using Learner learner = Compile(Loss.MeanSquaredError, columns: 1, out Sequential model);
        using Sequential owned = model;
        var inputs = new float[,,] { { { 1 }, { 2 }, { 3 } }, { { 4 }, { 5 }, { 6 } } };
        var weights = new float[,] { { 0, 1, 0 }, { 0, 0, 2 } };

        double loss = learner.Evaluate(inputs, new float[2, 3], sampleWeight: weights)["loss"];

        Assert.That(loss, Is.EqualTo((1 * 4 + 2 * 36) / 6.0).Within(Bound));
    }

    [Test]
    public void Evaluate_LabelsOfAnotherForm_SaysWhatIsExpected()
    {
        using Learner learner = Compile(Loss.SparseCategoricalCrossEntropy, columns: 2, out Sequential model);
        using Sequential owned = model;

        Assert.That(
            () => learner.Evaluate(_logits, new float[3, 2]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("labels are values [3, 2]")
                .And.Message.Contains("expected ids [samples]"));
    }

    private void Check(Loss loss, Samples labels, double expected)
    {
        using Learner learner = Compile(loss, columns: 2, out Sequential model);
        using Sequential owned = model;
        Assert.That(learner.Evaluate(_logits, labels, batchSize: 2)["loss"], Is.EqualTo(expected).Within(Bound));
    }

    private Learner Compile(Loss loss, int columns, out Sequential model)
    {
        model = new Sequential(columns, new Dense(columns, bias: false));
        model.Build(Backend, seed: 1);
        double[] identity = new double[columns * columns];
        for (int k = 0; k < columns; k++)
            identity[k * columns + k] = 1;
        model.Parameters["dense.weight"].Set(identity);
        return model.Compile(loss, new Sgd(0.1));
    }
}
