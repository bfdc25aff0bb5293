using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Losses and metrics over sequences of different lengths.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class MaskedSequenceTests(TestBackend device) : BackendFixture(device)
{
    private const double Bound = 1e-5;

    private static readonly int[][] _sequences = [[1, 2, 3, 4, 2], [3, 1], [2, 2, 1], [4, 3, 1, 2]];

    [Test]
    public void Evaluate_Lengths_MeanIsOverTheStepsThatCount()
    {
        using Sequential model = Identity(columns: 1);
        using Learner learner = model.Compile(Loss.MeanSquaredError, new Sgd(0.1));
        Samples inputs = new float[,,] { { { 1 }, { 2 }, { 3 } }, { { 4 }, { 5 }, { 6 } } };

        double loss = learner.Evaluate(inputs.WithLengths(new[] { 1, 2 }), new float[2, 3])["loss"];

        Assert.That(loss, Is.EqualTo((1 + 16 + 25) / 3.0).Within(Bound));
    }

    [Test]
    public void Evaluate_LengthsAndWeights_DivideByTheStepsThatCount()
    {
        using Sequential model = Identity(columns: 1);
        using Learner learner = model.Compile(Loss.MeanSquaredError, new Sgd(0.1));
        Samples inputs = new float[,,] { { { 1 }, { 2 }, { 3 } }, { { 4 }, { 5 }, { 6 } } };
        float[,] weights = { { 3, 9, 9 }, { 0, 2, 9 } };

        double loss = learner.Evaluate(inputs.WithLengths(new[] { 1, 2 }), new float[2, 3], sampleWeight: weights)["loss"];

        Assert.That(loss, Is.EqualTo((3 * 1 + 0 * 16 + 2 * 25) / 3.0).Within(Bound));
    }

    [Test]
    public void Evaluate_Lengths_MetricsLeaveTheOtherStepsOut()
    {
        using Sequential model = Identity(columns: 2);
        using Learner learner = model.Compile(
            Loss.SparseCategoricalCrossEntropy, new Sgd(0.1), Metric.Accuracy, new ConfusionMatrix());
        Samples inputs = new float[,,] { { { 0, 9 }, { 9, 0 }, { 9, 0 } }, { { 9, 0 }, { 9, 0 }, { 9, 0 } } };
        int[,] labels = { { 1, 1, CrossEntropyOptions.NoIndex }, { 0, CrossEntropyOptions.NoIndex, 1 } };

        IReadOnlyDictionary<string, double> figures = learner.Evaluate(inputs.WithLengths(new[] { 2, 1 }), labels);

        Assert.That(figures["accuracy"], Is.EqualTo(2 / 3.0).Within(Bound));
        Assert.That(((ConfusionMatrix)learner.Objectives[0].Metrics[1]).Total, Is.EqualTo(3));
    }

    [Test]
    public void Evaluate_PaddingId_IsTheSameAsLengths()
    {
        Samples padded = Samples.OfSequences(_sequences);
        Samples withoutLengths = Samples.OfIds(padded.Ids.ToArray(), padded.Shape);
        using Sequential byPadding = Tagger(paddingId: 0);
        using Sequential byLength = Tagger(paddingId: null);
        using Sequential unmasked = Tagger(paddingId: null);

        double loss = Evaluate(byPadding, withoutLengths);

        Assert.That(loss, Is.EqualTo(Evaluate(byLength, padded)));
        Assert.That(loss, Is.Not.EqualTo(Evaluate(unmasked, withoutLengths)));
    }

    [Test]
    public void Fit_NoStepCounts_LearnsNothing()
    {
        using Sequential model = Tagger(paddingId: 0);
        double[] before = TinyProblem.Weights(model);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(1), Metric.Accuracy);

        History history = learner.Fit(new int[2, 3], new int[2, 3]);

        Assert.That(history["loss"][0], Is.Zero);
        Assert.That(history["accuracy"][0], Is.NaN);
        Assert.That(TinyProblem.Weights(model), Is.EqualTo(before));
    }

    [Test]
    public void Fit_MorePadding_ChangesNothing()
    {
        int[][] longer = [.. _sequences, new int[9]];
        Samples wide = Samples.OfSequences(longer).Range(0, _sequences.Length);
        Samples narrow = Samples.OfSequences(_sequences);

        Assert.That(wide.Shape[1], Is.EqualTo(9));
        Assert.That(WeightsAfter(wide, groupByLength: false), Is.EqualTo(WeightsAfter(narrow, groupByLength: false)));
    }

    [Test]
    public void Fit_GroupedByLength_CutsWhatDoesNotCount()
    {
        int[][] longer = [.. _sequences, new int[9]];
        Samples wide = Samples.OfSequences(longer).Range(0, _sequences.Length);

        // All in one batch, whose order alone differs.
        double[] grouped = WeightsAfter(wide, groupByLength: true);

        Assert.That(grouped, Is.EqualTo(WeightsAfter(wide, groupByLength: false)).Within(1e-5));
    }

    [Test]
    public void Fit_GroupedByLength_WeightsOfStepsAreCutToo()
    {
        Samples wide = Samples.OfSequences([.. _sequences, new int[9]]).Range(0, _sequences.Length);
        using Sequential model = Tagger(paddingId: 0);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0));
        Samples weights = Samples.OfValues(Enumerable.Repeat(2f, _sequences.Length * 9).ToArray(), [_sequences.Length, 9]);

        History history = learner.Fit(wide, Labels(wide), batchSize: 4, sampleWeight: weights, groupByLength: true);

        using Learner unweighted = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0));
        Assert.That(history["loss"][0], Is.EqualTo(2 * unweighted.Evaluate(wide, Labels(wide))["loss"]).Within(1e-5));
    }

    [Test]
    public void Fit_GroupedByLengthWithoutLengthsOrShuffling_SaysSo()
    {
        using Sequential model = Tagger(paddingId: 0);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0.1));

        Assert.That(
            () => learner.Fit(new int[2, 3], new int[2, 3], groupByLength: true),
            Throws.ArgumentException.With.Message.Contains("has no lengths"));
        Assert.That(
            () => learner.Fit(new int[2, 3], new int[2, 3], shuffle: false, groupByLength: true),
            Throws.ArgumentException.With.Message.Contains("shuffle: false"));
    }

    private double[] WeightsAfter(Samples inputs, bool groupByLength)
    {
        using Sequential model = Tagger(paddingId: null);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0.5));
        learner.Fit(inputs, Labels(inputs), epochs: 3, batchSize: 4, groupByLength: groupByLength);
        return TinyProblem.Weights(model);
    }

    private static double Evaluate(Sequential model, Samples inputs)
    {
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0.1));
        return learner.Evaluate(inputs, Labels(inputs))["loss"];
    }

    // The class of each token is its id, of padding too.
    private static Samples Labels(Samples inputs) => Samples.OfIds(inputs.Ids.ToArray(), inputs.Shape);

    private Sequential Tagger(int? paddingId)
    {
        var model = new Sequential(
            new Embedding(5, 3) { PaddingId = paddingId, Initializer = Initializers.Uniform(1) },
            new Lstm(4, returnSequences: true),
            new Dense(5),
            new Activation(ActivationFunction.Softmax));
        model.Build(Backend, seed: 3);

        // The row of the padding must be the same, whoever knows that it is padding.
        double[] table = model.Parameters["embedding.weight"].ToArray();
        table.AsSpan(0, 3).Fill(0.5);
        model.Parameters["embedding.weight"].Set(table);
        return model;
    }

    private Sequential Identity(int columns)
    {
        var model = new Sequential(columns, new Dense(columns, bias: false));
        model.Build(Backend, seed: 1);
        double[] identity = new double[columns * columns];
        for (int k = 0; k < columns; k++)
            identity[k * columns + k] = 1;
        model.Parameters["dense.weight"].Set(identity);
        return model;
    }
}
