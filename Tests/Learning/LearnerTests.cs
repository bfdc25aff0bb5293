using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>What Fit, Evaluate and Predict promise.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class LearnerTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Fit_IsTheLoopThatOneWouldWriteByHand()
    {
        using Sequential fitted = TinyProblem.NewModel(Backend);
        using Sequential looped = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(fitted);

        History history = learner.Fit(
            TinyProblem.Inputs, TinyProblem.Labels, epochs: 2, batchSize: TinyProblem.Count, shuffle: false);

        double[] losses = Loop(looped);
        Assert.That(history["loss"], Is.EqualTo(losses));
        Assert.That(TinyProblem.Weights(fitted), Is.EqualTo(TinyProblem.Weights(looped)));
    }

    [Test]
    public void Fit_LearnsTheProblem()
    {
        using Sequential model = TinyProblem.NewModel(Backend, dropout: 0);
        using Learner learner = TinyProblem.Compile(model, Metric.Accuracy);

        History history = learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 60, batchSize: 4);

        Assert.That(history["loss"][^1], Is.LessThan(0.2));
        Assert.That(history["accuracy"][^1], Is.EqualTo(1));
        Assert.That(history.Epochs, Is.EqualTo(Enumerable.Range(1, 60)));
    }

    [Test]
    public void Fit_LastBatchIsSmaller_EachSampleCountsOnceInTheLoss()
    {
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0));
        var losses = new List<double>();
        var progress = new LambdaCallback(onBatchEnd: (_, report) => losses.Add(report.Loss));

        History history = learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, batchSize: 4, callbacks: [progress]);

        Assert.That(losses, Has.Count.EqualTo(3));
        double expected = (4 * losses[0] + 4 * losses[1] + 3 * losses[2]) / 11;
        Assert.That(history["loss"][0], Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Fit_ValidationSplit_KeepsTheLastSamples_AsValidationDataDoes()
    {
        const int Kept = 3;
        int[,] inputs = TinyProblem.Inputs;
        int[] labels = TinyProblem.Labels;
        using Sequential split = TinyProblem.NewModel(Backend);
        using Sequential given = TinyProblem.NewModel(Backend);
        using Learner first = TinyProblem.Compile(split, Metric.Accuracy);
        using Learner second = TinyProblem.Compile(given, Metric.Accuracy);
        Samples all = inputs;
        var validation = new Dataset(all.Range(8, Kept), labels[8..]);

        History one = first.Fit(inputs, labels, epochs: 3, batchSize: 4, validationSplit: 0.25);
        History other = second.Fit(all.Range(0, 8), labels[..8], epochs: 3, batchSize: 4, validationData: validation);

        Assert.That(one.Names, Is.EqualTo(["loss", "accuracy", "val_loss", "val_accuracy"]));
        foreach (string name in one.Names)
            Assert.That(one[name], Is.EqualTo(other[name]), name);
        double measured = second.Evaluate(validation)["loss"];
        Assert.That(measured, Is.EqualTo(other["val_loss"][^1]));
    }

    [Test]
    public void Fit_ShuffledTwice_GivesTheSameBits_AndOtherSeedsOthers()
    {
        double[] first = FitWith(seed: 3);

        Assert.That(FitWith(seed: 3), Is.EqualTo(first));
        Assert.That(FitWith(seed: 4), Is.Not.EqualTo(first));
    }

    [Test]
    public void Fit_InTwoCalls_IsOneRun()
    {
        using Sequential once = TinyProblem.NewModel(Backend);
        using Sequential twice = TinyProblem.NewModel(Backend);
        using Learner first = TinyProblem.Compile(once);
        using Learner second = TinyProblem.Compile(twice);

        first.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 4, batchSize: 4);
        second.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 2, batchSize: 4);
        History rest = second.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 4, batchSize: 4, initialEpoch: 2);

        Assert.That(rest.Epochs, Is.EqualTo([3, 4]));
        Assert.That(TinyProblem.Weights(twice), Is.EqualTo(TinyProblem.Weights(once)));
    }

    [Test]
    public void Fit_ClassWeights_AreTheSampleWeightsOfTheirSamples()
    {
        float[] weights = [.. TinyProblem.Labels.Select(label => label == 1 ? 3f : 1f)];

        double[] byClass = Weigh(classes: new() { [1] = 3 }, samples: null);

        Assert.That(byClass, Is.EqualTo(Weigh(classes: null, weights)));
        Assert.That(byClass, Is.Not.EqualTo(Weigh(classes: null, samples: null)));
    }

    [Test]
    public void Fit_ClassAndSampleWeights_Multiply()
    {
        float[] halves = [.. TinyProblem.Labels.Select(_ => 0.5f)];
        float[] product = [.. TinyProblem.Labels.Select(label => label == 2 ? 1f : 0.5f)];

        Assert.That(Weigh(new() { [2] = 2 }, halves), Is.EqualTo(Weigh(classes: null, product)));
    }

    [Test]
    public void Fit_WeightZero_LearnsNothingFromTheSample()
    {
        float[] weights = new float[TinyProblem.Count];

        using Sequential model = TinyProblem.NewModel(Backend);
        double[] before = TinyProblem.Weights(model);
        using Learner learner = TinyProblem.Compile(model);
        learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, sampleWeight: weights);

        Assert.That(TinyProblem.Weights(model), Is.EqualTo(before));
    }

    [Test]
    public void Predict_FoldedSoftmax_GivesProbabilities()
    {
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(model);

        Samples predictions = learner.Predict(TinyProblem.Inputs, batchSize: 4);

        Assert.That(predictions.Shape, Is.EqualTo(new Shape([TinyProblem.Count, TinyProblem.Classes])));
        for (int k = 0; k < predictions.Count; k++)
            Assert.That(predictions.ValuesOf(k).ToArray().Sum(), Is.EqualTo(1).Within(1e-6));
        Assert.That(
            learner.Predict(TinyProblem.Inputs, batchSize: 11).Values.ToArray(),
            Is.EqualTo(predictions.Values.ToArray()),
            "batches of another size");
    }

    [Test]
    public void Predict_Sequences_ComeBackSamplesFirst()
    {
        using var model = new Sequential(1, new Dense(1, bias: false));
        model.Build(Backend, seed: 1);
        model.Parameters["dense.weight"].Set([2.0]);
        using Learner learner = model.Compile(Loss.MeanSquaredError, new Sgd(0.1));
        var inputs = new float[,,] { { { 1 }, { 2 }, { 3 } }, { { 4 }, { 5 }, { 6 } } };

        Samples predictions = learner.Predict(inputs);

        Assert.That(predictions.Shape, Is.EqualTo(new Shape([2, 3, 1])));
        Assert.That(predictions.Values.ToArray(), Is.EqualTo([2f, 4, 6, 8, 10, 12]));
    }

    [Test]
    public void Predict_CarriedState_GoesOnWhereTheBatchBeforeEnded()
    {
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(model);
        Samples whole = new int[,] { { 0, 1, 2, 3 } };
        Samples halves = new int[,] { { 0, 1 }, { 2, 3 } };

        float[] expected = learner.Predict(whole).ValuesOf(0).ToArray();

        Samples carried = learner.Predict(halves, batchSize: 1, states: StatePolicy.Carried);
        Assert.That(carried.ValuesOf(1).ToArray(), Is.EqualTo(expected));
        Assert.That(learner.Predict(halves, batchSize: 1).ValuesOf(1).ToArray(), Is.Not.EqualTo(expected));
    }

    [Test]
    public void Fit_CarriedState_BeginsEachEpochWithZeros()
    {
        using Sequential model = TinyProblem.NewModel(Backend, dropout: 0);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0));

        History carried = learner.Fit(
            TinyProblem.Inputs,
            TinyProblem.Labels,
            epochs: 2,
            batchSize: 1,
            shuffle: false,
            states: StatePolicy.Carried);

        Assert.That(carried["loss"][1], Is.EqualTo(carried["loss"][0]));
        Assert.That(
            carried["loss"][0],
            Is.EqualTo(learner.Evaluate(
                TinyProblem.Inputs, TinyProblem.Labels, batchSize: 1, states: StatePolicy.Carried)["loss"]));
        Assert.That(
            carried["loss"][0],
            Is.Not.EqualTo(learner.Evaluate(TinyProblem.Inputs, TinyProblem.Labels, batchSize: 1)["loss"]));
    }

    [Test]
    public void Fit_Cancelled_EndsAfterTheBatch_WithoutTheEpoch()
    {
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(model);
        using var cancellation = new CancellationTokenSource();
        var cancel = new LambdaCallback(onBatchEnd: (_, report) =>
        {
            if (report is { Epoch: 2, Batch: 2 })
                cancellation.Cancel();
        });

        History history = learner.Fit(
            TinyProblem.Inputs,
            TinyProblem.Labels,
            epochs: 5,
            batchSize: 4,
            callbacks: [cancel],
            cancellation: cancellation.Token);

        Assert.That((history.IsCancelled, history.Epochs.Count), Is.EqualTo((true, 1)));
        Assert.That(learner.CompletedSteps, Is.EqualTo(5));
    }

    [Test]
    public void Fit_NotANumber_NamesTheOperation_AndLeavesTheWeights()
    {
        using Learner learner = Divergent(out Sequential model);
        using Sequential owned = model;

        Assert.That(
            () => learner.Fit(new float[,] { { float.PositiveInfinity } }, new float[] { 1 }),
            Throws.TypeOf<TrainingFailedException>().With.Message.StartsWith("step 1: Linear: forward produced"));
        Assert.That(model.Parameters["dense.weight"].ToArray(), Is.EqualTo([1.0]));
    }

    [Test]
    public void TerminateOnNaN_EndsTheRunInPeace()
    {
        using Learner learner = Divergent(out Sequential model);
        using Sequential owned = model;

        History history = learner.Fit(
            new float[,] { { float.PositiveInfinity } },
            new float[] { 1 },
            epochs: 3,
            callbacks: [new TerminateOnNaN()]);

        Assert.That(history.StopReason, Does.StartWith("the loss of batch 1 of epoch 1 is "));
        Assert.That(model.Parameters["dense.weight"].ToArray(), Is.EqualTo([1.0]));
        learner.Fit(new float[,] { { 1 } }, new float[] { 2 });
        Assert.That(model.Parameters["dense.weight"].ToArray(), Is.Not.EqualTo(new[] { 1.0 }), "the next run learns");
    }

    private Learner Divergent(out Sequential model)
    {
        model = new Sequential(1, new Dense(1, bias: false));
        model.Build(Backend, seed: 1);
        model.Parameters["dense.weight"].Set([1.0]);
        return model.Compile(Loss.MeanSquaredError, new Sgd(0.1));
    }

    private double[] Loop(Sequential model)
    {
        using BoundOptimizer adam = new Adam(0.02).Over(model.Parameters);
        double[] losses = new double[2];
        Samples inputs = TinyProblem.Inputs;
        Samples tokens = inputs.TimeMajor();
        for (int epoch = 0; epoch < losses.Length; epoch++)
        {
            using Tape tape = Tape.ForTraining(Backend);
            var cursor = new StateCursor(model.Slots, []);
            Flow flow = new(tape.Indices(tokens.Shape, tokens.Ids));
            foreach (Layer layer in model.Layers.SkipLast(1))
                flow = layer.Forward(tape, flow, cursor);
            Tensor loss = flow.Values
                .CrossEntropy(tape.Indices([TinyProblem.Count], TinyProblem.Labels), Reduction.None).Mean();
            losses[epoch] = loss.ToScalar();
            model.ClearGradients();
            tape.Backward(loss);
            adam.Step();
        }

        return losses;
    }

    private double[] FitWith(ulong seed)
    {
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(model);
        learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 2, batchSize: 4, seed: seed);
        return TinyProblem.Weights(model);
    }

    private double[] Weigh(Dictionary<int, double>? classes, float[]? samples)
    {
        using Sequential model = TinyProblem.NewModel(Backend);
        using Learner learner = TinyProblem.Compile(model);
        learner.Fit(
            TinyProblem.Inputs,
            TinyProblem.Labels,
            epochs: 2,
            batchSize: 4,
            classWeight: classes,
            sampleWeight: samples is null ? null : (Samples)samples);
        return TinyProblem.Weights(model);
    }
}
