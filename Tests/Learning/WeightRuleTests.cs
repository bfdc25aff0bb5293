using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Penalties and constraints of weights, and layers that are frozen, in both loops of training.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class WeightRuleTests(TestBackend device) : BackendFixture(device)
{
    private const double Bound = 1e-5;
    private const double Rate = 0.1;

    [Test]
    public void Penalty_EveryDeclaration_CountsItsParameters()
    {
        using var model = new Sequential(
            new Model.Embedding(5, 2) { Regularizer = Regularizer.L1(1) },
            new Lstm(3, layers: 2)
            {
                Direction = Direction.Bidirectional,
                InputRegularizer = Regularizer.L1(1e1),
                RecurrentRegularizer = Regularizer.L1(1e3),
                BiasRegularizer = Regularizer.L1(1e5),
            },
            new Dense(4) { WeightRegularizer = Regularizer.L1(1e7), BiasRegularizer = Regularizer.L1(1e9) });
        model.Build(Backend, seed: 1);
        foreach (Parameter parameter in model.Parameters.All)
            parameter.Set(Enumerable.Repeat(1e-3, (int)parameter.Shape.Count).ToArray());

        using Tape tape = Tape.ForTraining(Backend);
        double penalty = model.Penalty(tape, model.Start(tape))?.ToScalar() ?? 0;

        double expected = 0;
        foreach (Parameter parameter in model.Parameters.All)
            expected += 1e-3 * parameter.Shape.Count * FactorOf(parameter.Name);
        Assert.That(penalty, Is.EqualTo(expected).Within(1e-6 * expected));

        static double FactorOf(string name) => name switch
        {
            "embedding.weight" => 1,
            "dense.weight" => 1e7,
            "dense.bias" => 1e9,
            _ when name.Contains("weight_ih") => 1e1,
            _ when name.Contains("weight_hh") => 1e3,
            _ => 1e5,
        };
    }

    [Test]
    public void Fit_L2_IsADecayOfTwiceTheFactor_AndPartOfTheLoss()
    {
        using Sequential penalised = NewModel(Regularizer.L2(0.05));
        using Sequential decayed = NewModel();
        using Learner first = penalised.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(Rate));
        using Learner second = decayed.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(Rate, decay: 0.1));
        double squares = TinyProblem.Weights(penalised).Sum(weight => weight * weight);

        double measured = first.Evaluate(TinyProblem.Inputs, TinyProblem.Labels)["loss"];
        double plain = second.Evaluate(TinyProblem.Inputs, TinyProblem.Labels)["loss"];
        History history = first.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 3, batchSize: 11, shuffle: false);
        second.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 3, batchSize: 11, shuffle: false);

        Assert.That(TinyProblem.Weights(penalised), Is.EqualTo(TinyProblem.Weights(decayed)).Within(Bound));
        Assert.That(measured, Is.EqualTo(plain + 0.05 * squares).Within(Bound));
        Assert.That(history["loss"][0], Is.EqualTo(measured).Within(Bound));
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Run_L2_IsADecayOfTwiceTheFactor_InAnyNumberOfParts(int parts)
    {
        using Sequential penalised = NewLanguageModel(Regularizer.L2(0.05));
        using Sequential decayed = NewLanguageModel(null);

        double loss = RunTrainer(penalised, new Sgd(Rate), parts);

        Assert.That(RunTrainer(decayed, new Sgd(Rate, decay: 0.1), parts: 1), Is.EqualTo(loss).Within(Bound));
        Assert.That(TinyProblem.Weights(penalised), Is.EqualTo(TinyProblem.Weights(decayed)).Within(Bound));
    }

    [Test]
    public void Run_ActivityPenalty_MovesTheWeights_AndIsNotReported()
    {
        using Sequential penalised = NewLanguageModel(null, activity: 2);
        using Sequential plain = NewLanguageModel(null);
        Assert.That(RunTrainer(penalised, new Sgd(0), 1), Is.EqualTo(RunTrainer(plain, new Sgd(0), 1)), "the loss at the same weights");

        RunTrainer(penalised, new Sgd(Rate), parts: 1);
        RunTrainer(plain, new Sgd(Rate), parts: 1);

        Assert.That(MeanSquare(penalised), Is.LessThan(0.99 * MeanSquare(plain)));
    }

    [Test]
    public void Fit_ActivityPenalty_IsPartOfTheLossInTrainingOnly()
    {
        using Sequential penalised = NewModel(activity: 1000);
        using Sequential plain = NewModel();
        using Learner first = penalised.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0));
        using Learner second = plain.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(0));

        double[] losses = [Fitted(first), Fitted(second)];

        Assert.That(losses[0], Is.GreaterThan(losses[1] + 1));
        Assert.That(Evaluated(first), Is.EqualTo(Evaluated(second)));
    }

    [Test]
    public void Fit_Constraint_HoldsAfterEveryStep()
    {
        using Sequential model = NewModel(constraint: new MaxNorm(0.3));
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Sgd(1));
        double longest = 0;
        var look = new LambdaCallback(onBatchEnd: (_, _) => longest = Math.Max(longest, LongestRow(model, "dense.weight")));

        learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, epochs: 3, batchSize: 4, callbacks: [look]);

        Assert.That(longest, Is.EqualTo(0.3).Within(1e-6));
    }

    [Test]
    public void Run_Constraint_HoldsInTheEnd()
    {
        using Sequential model = NewLanguageModel(null, constraint: new MaxNorm(0.3));

        RunTrainer(model, new Sgd(1), parts: 1);

        Assert.That(LongestRow(model, "dense.weight"), Is.EqualTo(0.3).Within(1e-6));
    }

    [Test]
    public void Fit_FrozenLayers_StayAndHaveNoGradient_NorPenalty()
    {
        using Sequential model = NewModel(Regularizer.L2(0.05), constraint: new MaxNorm(0.01));
        Freeze(model, true);
        Dictionary<string, double[]> before = model.Parameters.All.ToDictionary(p => p.Name, p => p.ToArray());
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Adam(0.1));
        using (Tape tape = Tape.ForTraining(Backend))
            Assert.That(model.Penalty(tape, model.Start(tape)), Is.Null);

        learner.Fit(TinyProblem.Inputs, TinyProblem.Labels);

        foreach (Parameter parameter in model.Parameters.All.Where(p => p.Name != "dense.bias"))
        {
            Assert.That(parameter.ToArray(), Is.EqualTo(before[parameter.Name]), parameter.Name);
            Assert.That(parameter.GradientToArray(), Is.All.Zero, parameter.Name);
        }

        Assert.That(model.Parameters["dense.bias"].ToArray(), Is.Not.EqualTo(before["dense.bias"]));
        Freeze(model, false);
        Assert.That(model.Parameters.All, Has.All.Property(nameof(Parameter.IsTrainable)).True);
    }

    [Test]
    public void Backward_FrozenLayerInTheMiddle_LetsGradientsThrough()
    {
        using Sequential free = NewModel();
        using Sequential frozen = NewModel();
        frozen.Layers[1].IsTrainable = false;

        Assert.That(Gradient(frozen), Is.EqualTo(Gradient(free)));

        double[] Gradient(Sequential model)
        {
            using Tape tape = Tape.ForTraining(Backend);
            Tensor logits = model.Forward(tape, tape.Indices([4, 1], [1, 2, 3, 4])).Logits;
            tape.Backward(logits.CrossEntropy(tape.Indices([1], [2])));
            return model.Parameters["embedding.weight"].GradientToArray();
        }
    }

    [Test]
    public void IsTrainable_LayerInsideAnother_IsFrozenWithIt()
    {
        var inner = new Dense(3) { IsTrainable = false };
        using var model = new Sequential(2, new TimeDistributed(inner), new Dense(1));
        model.Build(Backend, seed: 1);

        Assert.That(model.Parameters["time_distributed.weight"].IsTrainable, Is.False);
        Assert.That(model.Parameters["dense.weight"].IsTrainable, Is.True);
        model.Layers[0].IsTrainable = true;
        Assert.That(model.Parameters["time_distributed.weight"].IsTrainable, Is.True);
    }

    // All but the bias of the last layer.
    private static void Freeze(Sequential model, bool isFrozen)
    {
        foreach (Layer layer in model.Layers.SkipLast(1))
            layer.IsTrainable = !isFrozen;
        model.Parameters["dense.weight"].IsTrainable = !isFrozen;
    }

    private Sequential NewModel(Regularizer? regularizer = null, MaxNorm? constraint = null, double activity = 0)
    {
        var model = new Sequential(
            new Model.Embedding(5, 4) { Regularizer = regularizer },
            new Lstm(6)
            {
                SeparateBiases = false,
                InputRegularizer = regularizer,
                RecurrentRegularizer = regularizer,
                BiasRegularizer = regularizer,
                ActivityPenalty = activity,
            },
            new Dense(TinyProblem.Classes)
            {
                WeightRegularizer = regularizer,
                BiasRegularizer = regularizer is null || constraint is not null ? null : regularizer,
                WeightConstraint = constraint,
            });
        model.Build(Backend, seed: 7);
        return model;
    }

    private Sequential NewLanguageModel(Regularizer? regularizer, MaxNorm? constraint = null, double activity = 0)
    {
        var model = new Sequential(
            new Model.Embedding(TinyRun.Vocabulary, 5) { Regularizer = regularizer },
            new Lstm(8, returnSequences: true)
            {
                InputRegularizer = regularizer,
                RecurrentRegularizer = regularizer,
                BiasRegularizer = regularizer,
                ActivityPenalty = activity,
            },
            new Dense(TinyRun.Vocabulary)
            {
                WeightRegularizer = regularizer,
                BiasRegularizer = regularizer,
                WeightConstraint = constraint,
            });
        model.Build(Backend, seed: 4);
        return model;
    }

    /// <returns>The mean training loss that is reported.</returns>
    private static double RunTrainer(Sequential model, Optimizer optimizer, int parts)
    {
        var options = new TrainingOptions { Steps = 4, Optimizer = optimizer, MicroBatches = parts, ReportEvery = 4 };
        using var trainer = new LanguageModelTrainer(model, TinyRun.NewWindows(), options);
        return trainer.Run().TrainingLoss ?? double.NaN;
    }

    private double MeanSquare(Sequential model)
    {
        using Tape tape = Tape.ForInspection(Backend);
        (_, StateCursor next) = model.Forward(tape, tape.Indices([5, 1], [1, 2, 3, 4, 5]));
        return next.Results[0].Hidden.ToArray().Average(h => h * h);
    }

    private static double LongestRow(Network model, string name)
    {
        Parameter parameter = model.Parameters[name];
        return parameter.ToArray().Chunk(parameter.Shape.Columns).Max(row => Math.Sqrt(row.Sum(weight => weight * weight)));
    }

    private static double Fitted(Learner learner) =>
        learner.Fit(TinyProblem.Inputs, TinyProblem.Labels, batchSize: 11)["loss"][0];

    private static double Evaluated(Learner learner) =>
        learner.Evaluate(TinyProblem.Inputs, TinyProblem.Labels)["loss"];
}
