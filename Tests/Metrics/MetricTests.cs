using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Each metric against values computed by hand, in two batches.</summary>
public sealed class MetricTests
{
    // Likeliest: 0, 2, 1, 1, 2; right are the first, the second and the fourth.
    private static readonly double[] _probabilities =
    [
        0.7, 0.2, 0.1,
        0.1, 0.3, 0.6,
        0.3, 0.4, 0.3,
        0.1, 0.8, 0.1,
        0.2, 0.3, 0.5,
    ];

    private static readonly int[] _classes = [0, 2, 0, 1, 1];

    [Test]
    public void Accuracy_CountsTheLikeliestClass() => Check(new Accuracy(), 3 / 5.0);

    [Test]
    public void Accuracy_OneHotTargets_CountsAsWithClasses()
    {
        var predictions = new Predictions([0.7, 0.3, 0.4, 0.6], 2, new double[] { 1, 0, 1, 0 });
        Assert.That(Measure(new Accuracy(), predictions), Is.EqualTo(0.5));
    }

    [Test]
    public void Accuracy_OneColumn_SaysYesAboveOneHalf()
    {
        var predictions = new Predictions([0.5, 0.51, 0.2, 0.9], 1, [0, 1, 1, 0]);
        Assert.That(Measure(new Accuracy(), predictions), Is.EqualTo(0.5));
    }

    [Test]
    public void BinaryAccuracy_EachColumnIsAQuestion_AboveTheThreshold()
    {
        var predictions = new Predictions([0.7, 0.3, 0.65, 0.1], 2, new double[] { 1, 1, 0, 0 });
        Assert.That(Measure(new BinaryAccuracy(), predictions), Is.EqualTo(0.5));
        Assert.That(Measure(new BinaryAccuracy(0.68), predictions), Is.EqualTo(0.75));
    }

    [Test]
    public void TopKAccuracy_CountsClassesThatAreStrictlyLikelier()
    {
        // The third has one likelier class (its equal does not count), the fifth one too.
        Check(new TopKAccuracy(1), 3 / 5.0);
        Check(new TopKAccuracy(2), 1);
    }

    [Test]
    public void Perplexity_IsOneOverTheGeometricMeanOfTheProbabilities() =>
        Check(new Perplexity(), Math.Pow(0.7 * 0.6 * 0.3 * 0.8 * 0.3, -1 / 5.0));

    [Test]
    public void BitsPerCharacter_IsTheMeanOfBinaryLogarithms() =>
        Check(new BitsPerCharacter(), -Math.Log2(0.7 * 0.6 * 0.3 * 0.8 * 0.3) / 5);

    [Test]
    public void Perplexity_OneColumn_AlsoLooksAtNo()
    {
        var predictions = new Predictions([0.25, 0.5], 1, [0, 1]);
        Assert.That(Measure(new Perplexity(), predictions), Is.EqualTo(Math.Pow(0.75 * 0.5, -0.5)).Within(1e-12));
    }

    // Confusion, right by predicted: 0: [1, 1, 0], 1: [0, 1, 1], 2: [0, 0, 1].
    [Test]
    public void Precision_Macro_IsTheMeanOverClasses() =>
        Check(new Precision(ClassAverage.Macro), (1 + 1 / 2.0 + 1 / 2.0) / 3);

    [Test]
    public void Recall_Macro_IsTheMeanOverClasses() =>
        Check(new Recall(ClassAverage.Macro), (1 / 2.0 + 1 / 2.0 + 1) / 3);

    [Test]
    public void F1_Macro_IsTheMeanOfHarmonicMeans() =>
        Check(new F1(ClassAverage.Macro), (2 / 3.0 + 1 / 2.0 + 2 / 3.0) / 3);

    [Test]
    public void F1_PerClass_GivesEach()
    {
        var f1 = new F1(ClassAverage.Macro);
        Measure(f1, new Predictions(_probabilities, 3, _classes));
        Assert.That(f1.PerClass, Is.EqualTo([2 / 3.0, 1 / 2.0, 2 / 3.0]).Within(1e-12));
    }

    [Test]
    public void Binary_LooksAtClassOne()
    {
        // Predicted 1, 1, 1, 0, 0 for 1, 0, 1, 1, 0.
        var predictions = new Predictions([0.9, 0.8, 0.7, 0.3, 0.1], 1, [1, 0, 1, 1, 0]);
        Assert.That(Measure(new Precision(), predictions), Is.EqualTo(2 / 3.0).Within(1e-12));
        Assert.That(Measure(new Recall(), predictions), Is.EqualTo(2 / 3.0).Within(1e-12));
    }

    [Test]
    public void Precision_NothingPredicted_IsZero()
    {
        var predictions = new Predictions([0.1, 0.2], 1, [1, 0]);
        Assert.That(Measure(new Precision(), predictions), Is.Zero);
        Assert.That(Measure(new F1(), predictions), Is.Zero);
    }

    [Test]
    public void Precision_BinaryOfThreeClasses_SaysWhatToDo()
    {
        Assert.That(
            () => new Precision().Observe(new(_probabilities, 3, _classes)),
            Throws.ArgumentException.With.Message.EqualTo(
                "precision: predictions of 3 classes, expected 2; or average with ClassAverage.Macro"));
    }

    [Test]
    public void ConfusionMatrix_PrintsATable()
    {
        var matrix = new ConfusionMatrix();
        matrix.Observe(new(_probabilities, 3, _classes));

        Assert.That(matrix[0, 1], Is.EqualTo(1));
        Assert.That(matrix.ToTable(["cat", "dog", "mouse"]), Is.EqualTo(
            "right \\ predicted    cat    dog  mouse\n" +
            "cat                    1      1      0\n" +
            "dog                    0      1      1\n" +
            "mouse                  0      0      1\n"));
        Assert.That(matrix.ToString(), Does.StartWith("right \\ predicted  0  1  2\n0"));
    }

    [Test]
    public void Auc_CountsPairsInOrder_AndTiesHalf()
    {
        // Positives 0.8, 0.5, 0.3; negatives 0.5, 0.2: pairs won 2, 1.5, 1 of 6.
        var predictions = new Predictions([0.8, 0.5, 0.3, 0.5, 0.2], 1, [1, 1, 1, 0, 0]);
        Assert.That(Measure(new Auc(), predictions), Is.EqualTo(4.5 / 6).Within(1e-12));
    }

    [Test]
    public void Auc_RandomScoresWithTies_EqualsTheCountOfPairs()
    {
        var random = new MiniLstm.Engine.RandomStream(seed: 3, stream: 0);
        double[] scores = [.. Enumerable.Range(0, 60).Select(_ => Math.Floor(random.NextUniform() * 8) / 8)];
        int[] classes = [.. Enumerable.Range(0, 60).Select(_ => random.NextUniform() < 0.4 ? 1 : 0)];
        double won = 0;
        double pairs = 0;
        for (int i = 0; i < 60; i++)
        {
            for (int j = 0; j < 60; j++)
            {
                if (classes[i] != 1 || classes[j] != 0)
                    continue;
                pairs++;
                won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            }
        }

        Assert.That(Measure(new Auc(), new Predictions(scores, 1, classes)), Is.EqualTo(won / pairs).Within(1e-12));
    }

    [Test]
    public void Auc_OneClassOnly_IsNaN()
    {
        Assert.That(Measure(new Auc(), new Predictions([0.1, 0.2], 1, [1, 1])), Is.NaN);
    }

    [Test]
    public void Reset_ForgetsEverything()
    {
        Metric[] metrics = [new Accuracy(), new Perplexity(), new F1(ClassAverage.Macro), new ConfusionMatrix()];
        foreach (Metric metric in metrics)
        {
            metric.Observe(new(_probabilities, 3, _classes));
            metric.Reset();
            Assert.That(metric.Value, Is.NaN, metric.Name);
        }
    }

    [Test]
    public void Predictions_ClassBeyondTheColumns_SaysWhichAreThere()
    {
        Assert.That(
            () => new Predictions([0.5, 0.5], 2, [2]),
            Throws.ArgumentException.With.Message.EqualTo("Predictions: class 2, expected 0 to 1"));
    }

    private static void Check(Metric metric, double expected)
    {
        metric.Observe(new(_probabilities.AsSpan(0, 6), 3, _classes.AsSpan(0, 2)));
        metric.Observe(new(_probabilities.AsSpan(6), 3, _classes.AsSpan(2)));
        Assert.That(metric.Value, Is.EqualTo(expected).Within(1e-12));
    }

    private static double Measure(Metric metric, Predictions predictions)
    {
        metric.Observe(predictions);
        return metric.Value;
    }
}
