using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Micro-batches, averages and groups in the trainer.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class AccumulationTests(TestBackend device) : BackendFixture(device)
{
    // Steps so long that validations soon get worse.
    private static readonly Optimizer _averaged = new AveragedSgd(5, interval: 1);

    [Test]
    public void Run_BatchInParts_LearnsWhatTheWholeBatchDoes()
    {
        double[] whole = TrainWithoutDropout(parts: 1);
        double[] parts = TrainWithoutDropout(parts: 3);

        double bound = Backend.Real == ElementKind.Float64 ? 1e-12 : 1e-5;
        Assert.That(parts, Is.EqualTo(whole).Within(bound));
        Assert.That(parts, Is.Not.EqualTo(whole), "or the batch was not cut at all");
    }

    [Test]
    public void Restore_PartsAndAverage_EndsWithTheSameBytes()
    {
        using var folder = new FileFolder();
        using TinyRun whole = NewRun(folder, "whole");
        whole.Trainer.Run();

        var cancel = new AtReport(20, _ => throw new OperationCanceledException());
        using (TinyRun cancelled = NewRun(folder, "cancelled", cancel))
            Assert.That(() => cancelled.Trainer.Run(), Throws.TypeOf<OperationCanceledException>());
        using TinyRun resumed = NewRun(folder, "cancelled");
        resumed.Trainer.Restore(resumed.CheckpointPath);
        Assert.That(resumed.Trainer.CompletedSteps, Is.EqualTo(18));
        resumed.Trainer.Run();

        Assert.That(resumed.Results, Is.EqualTo(whole.Results));
        CheckpointHeader header = CheckpointFile.ReadHeader(whole.CheckpointPath);
        Assert.That(header.Notes, Contains.Key("average.start"), "or the trigger was never pulled");
    }

    [Test]
    public void Run_FailureInParts_GoesOnAsIfItHadNeverBeen()
    {
        using var folder = new FileFolder();
        using TinyRun undisturbed = NewRun(folder, "undisturbed");
        undisturbed.Trainer.Run();
        double[] weights = [];
        var spoil = new AtReport(15, parameters =>
        {
            weights = parameters["dense.bias"].ToArray();
            AfterValidation.Fill(parameters["dense.bias"], double.NaN);
        });
        using TinyRun run = NewRun(folder, "spoilt", spoil);
        Assert.That(() => run.Trainer.Run(), Throws.InstanceOf<TrainingFailedException>());

        run.Model.Parameters["dense.bias"].Set(weights);
        run.Trainer.Run();
        Assert.That(run.Results, Is.EqualTo(undisturbed.Results));
    }

    [Test]
    public void Run_Average_IsWhatIsEvaluatedAndSavedButNotWhatIsTrained()
    {
        using var folder = new FileFolder();
        double[] evaluated = [];
        var look = new AfterValidation(12, parameters => evaluated = Values(parameters));
        using TinyRun averaged = NewRun(folder, "averaged", look, new Adam(0.03)
        {
            Average = new ExponentialMovingAverage(0.5),
        });
        averaged.Trainer.Run();
        using TinyRun plain = NewRun(folder, "plain", optimizer: new Adam(0.03));
        plain.Trainer.Run();

        Assert.That(evaluated, Is.Not.Empty);
        Assert.That(averaged.ReadParameters(), Is.EqualTo(plain.ReadParameters()));
        Assert.That(averaged.Results[1], Is.Not.EqualTo(plain.Results[1]), "the best model is an average");
    }

    [Test]
    public void Run_FrozenLayer_KeepsItsWeights()
    {
        using Sequential model = TinyRun.NewModel(Backend);
        model.Layers[0].IsTrainable = false;
        var options = new TrainingOptions { Steps = 3, Optimizer = new Adam(0.03) };
        using var trainer = new LanguageModelTrainer(model, TinyRun.NewWindows(), options);
        double[] embedding = model.Parameters["embedding.weight"].ToArray();
        double[] dense = model.Parameters["dense.weight"].ToArray();
        trainer.Run();

        Assert.That(model.Parameters["embedding.weight"].ToArray(), Is.EqualTo(embedding));
        Assert.That(model.Parameters["dense.weight"].ToArray(), Is.Not.EqualTo(dense));
        Assert.That(model.Parameters["embedding.weight"].GradientToArray(), Is.All.Zero, "not even computed");
    }

    [Test]
    public void Constructor_BatchThatCannotBeCut_NamesBoth()
    {
        using Sequential model = TinyRun.NewModel(Backend);
        var options = new TrainingOptions { Steps = 1, Optimizer = new Adam(), MicroBatches = 2 };

        Assert.That(
            () => new LanguageModelTrainer(model, TinyRun.NewWindows(), options),
            Throws.ArgumentException.With.Message.EqualTo("a batch of 3 rows cannot be cut into 2 equal parts"));
    }

    private static double[] Values(ParameterStore parameters) =>
        [.. parameters.All.SelectMany(parameter => parameter.ToArray())];

    private TinyRun NewRun(
        FileFolder folder, string name, TrainingCallback? callback = null, Optimizer? optimizer = null) =>
        new(
            Backend,
            Directory.CreateDirectory(folder[name]).FullName,
            callback is null ? [] : [callback],
            options => options with
            {
                MicroBatches = 3,
                Optimizer = optimizer ?? _averaged,
                Schedule = Schedule.Constant,
            });

    private double[] TrainWithoutDropout(int parts)
    {
        using var model = new Sequential(
            new Model.Embedding(TinyRun.Vocabulary, 5),
            new Lstm(8, returnSequences: true),
            new Dense(TinyRun.Vocabulary));
        model.Build(Backend, seed: 1);
        var options = new TrainingOptions
        {
            Steps = 20,
            Optimizer = new Sgd(0.5, momentum: 0.5),
            MaximumNorm = 0.5,
            MicroBatches = parts,
        };
        using var trainer = new LanguageModelTrainer(model, TinyRun.NewWindows(), options);
        double loss = trainer.Run().TrainingLoss ?? double.NaN;
        return [loss, .. Values(model.Parameters)];
    }

    /// <summary>Does something once, at the report of a step; unlike a validation it sees the weights, not their
    /// average.</summary>
    private sealed class AtReport(long step, Action<ParameterStore> act) : TrainingCallback
    {
        private bool _isDone;

        public override void OnReport(LanguageModelTrainer trainer, StepReport report)
        {
            if (report.Step != step || _isDone)
                return;
            _isDone = true;
            act(trainer.Model.Parameters);
        }
    }
}
