using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>A model of two inputs and two outputs, trained with Fit on made-up stories: some colours, and the question which came first or last.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class StoryTests(TestBackend device) : BackendFixture(device)
{
    private const int Count = 320;
    private const int LongestStory = 5;

    private static readonly Dataset _data = MakeStories();

    [Test]
    public void Fit_StoriesAndQuestions_LearnsToAnswer()
    {
        using StoryModel model = NewModel();
        (Samples stories, Samples questions) = (_data.Inputs[0], _data.Inputs[1]);
        (Samples answers, Samples kinds) = (_data.Labels[0], _data.Labels[1]);

        #region Objectives
        using Learner learner = model.Compile(
            new Adam(0.02),
            new Objective("answer", Loss.SparseCategoricalCrossEntropy, Metric.Accuracy),
            new Objective("kind", Loss.SparseCategoricalCrossEntropy) { Weight = 0.25 });
        var data = new Dataset([stories, questions], [answers, kinds]);
        History history = learner.Fit(data, epochs: 30, batchSize: 16, validationSplit: 0.1);
        #endregion

        Assert.That(history.Names, Is.EqualTo(
        [
            "loss", "answer_loss", "answer_accuracy", "kind_loss",
            "val_loss", "val_answer_loss", "val_answer_accuracy", "val_kind_loss",
        ]));
        Assert.That(history["val_answer_accuracy"][^1], Is.GreaterThan(0.9));
        Assert.That(history["kind_loss"][^1], Is.LessThan(0.05));
        Assert.That(
            history["loss"][^1],
            Is.EqualTo(history["answer_loss"][^1] + 0.25 * history["kind_loss"][^1]).Within(1e-5));
    }

    [Test]
    public void Fit_IsTheLoopThatOneWouldWriteByHand()
    {
        using StoryModel fitted = NewModel();
        using StoryModel looped = NewModel();
        using Learner learner = Compile(fitted, new Sgd(0.5));

        learner.Fit(_data, batchSize: Count, shuffle: false);

        using BoundOptimizer sgd = new Sgd(0.5).Over(looped.Parameters);
        using (Tape tape = Tape.ForTraining(Backend))
        {
            Flow[] inputs = [.. _data.Inputs.Select(input => new Flow(tape.Indices([input.Shape[1], Count], input.TimeMajor().Ids)))];
            IReadOnlyList<Flow> outputs = looped.Forward(tape, inputs, looped.Start(tape));
            Tensor answer = outputs[0].Values.CrossEntropy(tape.Indices([Count], _data.Labels[0].Ids));
            Tensor kind = outputs[1].Values.CrossEntropy(tape.Indices([Count], _data.Labels[1].Ids));
            looped.ClearGradients();
            tape.Backward(answer + kind * 0.25);
            sgd.Step();
        }

        Assert.That(TinyProblem.Weights(fitted), Is.EqualTo(TinyProblem.Weights(looped)).Within(1e-6));
    }

    [Test]
    public void Predict_GivesOneArrayForEachOutput_WhateverTheBatches()
    {
        using StoryModel model = NewModel();
        using Learner learner = Compile(model, new Adam());

        IReadOnlyList<Samples> outputs = learner.Predict(_data.Inputs, batchSize: 48);

        Assert.That(outputs.Select(output => output.Shape), Is.EqualTo((Shape[])[[Count, StoryModel.Colours], [Count, StoryModel.QuestionKinds]]));
        Assert.That(outputs[1].Values.ToArray(), Is.EqualTo(learner.Predict(_data.Inputs, batchSize: Count)[1].Values.ToArray()));
    }

    [Test]
    public void EarlyStopping_FigureOfOneOutput_KnowsThatMoreIsBetter()
    {
        using StoryModel model = NewModel();
        using Learner learner = Compile(model, new Sgd(0));

        History history = learner.Fit(_data, epochs: 5, callbacks: [new EarlyStopping(monitor: "answer_accuracy", patience: 2)]);

        Assert.That(history.Epochs, Has.Count.EqualTo(3));
        Assert.That(learner.HigherIsBetter("val_answer_accuracy"), Is.True);
        Assert.That(learner.HigherIsBetter("answer_loss"), Is.False);
    }

    [Test]
    public void Fit_LabelsForOneOutputOnly_SaysHowManyAreExpected()
    {
        using StoryModel model = NewModel();
        using Learner learner = Compile(model, new Adam());

        Assert.That(
            () => learner.Fit(new Dataset(_data.Inputs, [_data.Labels[0]])),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Fit: 1 arrays of labels for 2 outputs, expected as many"));
    }

    [Test]
    public void Compile_TwoObjectivesOfOneName_IsRefused()
    {
        using StoryModel model = NewModel();

        Assert.That(
            () => model.Compile(new Adam(), new Objective("a", Loss.MeanSquaredError), new Objective("a", Loss.MeanSquaredError)),
            Throws.ArgumentException.With.Message.Contains("two objectives are named 'a'"));
    }

    private StoryModel NewModel()
    {
        var model = new StoryModel();
        model.Build(Backend, seed: 5);
        return model;
    }

    private static Learner Compile(StoryModel model, Optimizer optimizer) => model.Compile(
        optimizer,
        new Objective("answer", Loss.SparseCategoricalCrossEntropy, Metric.Accuracy),
        new Objective("kind", Loss.SparseCategoricalCrossEntropy) { Weight = 0.25 });

    // Stories of 2 to 5 colours 1 to 4, filled up with 0; questions are two words, of which the second says what is asked for.
    private static Dataset MakeStories()
    {
        var random = new RandomStream(seed: 6, stream: 0);
        int[,] stories = new int[Count, LongestStory];
        int[,] questions = new int[Count, 2];
        int[] answers = new int[Count];
        int[] kinds = new int[Count];
        for (int k = 0; k < Count; k++)
        {
            int length = 2 + (int)(random.NextUniform() * (LongestStory - 1));
            for (int t = 0; t < length; t++)
                stories[k, t] = 1 + (int)(random.NextUniform() * StoryModel.Colours);
            kinds[k] = (int)(random.NextUniform() * StoryModel.QuestionKinds);
            questions[k, 1] = 1 + kinds[k];
            answers[k] = stories[k, kinds[k] == 0 ? 0 : length - 1] - 1;
        }

        return new([stories, questions], [answers, kinds]);
    }
}
