using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TrainingBackends))]
public sealed class TrainerTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Run_ExplicitLoopOverTheSameWindows_LearnsTheSameBits()
    {
        using var folder = new FileFolder();
        using var run = new TinyRun(Backend, folder.Path);
        run.Trainer.Run();

        Assert.That(run.ReadParameters(), Is.EqualTo(TrainByHand()));
    }

    [Test]
    public void Run_TextWithARule_LearnsIt()
    {
        using var folder = new FileFolder();
        using var run = new TinyRun(
            Backend,
            folder.Path,
            change: options => options with { Steps = 100, ValidateEvery = 50, Schedule = Schedule.Constant });
        Evaluation before = Evaluation.Of(run.Model, TinyRun.Text(50, seed: 1));

        TrainingResult result = run.Trainer.Run();

        Assert.That(before.Nats, Is.EqualTo(Math.Log(TinyRun.Vocabulary)).Within(0.2));
        Assert.That(result.BestLoss, Is.LessThan(1.2));
    }

    [Test]
    public void Run_Events_ComeAtTheirSteps()
    {
        using var folder = new FileFolder();
        var events = new Events();
        using var run = new TinyRun(Backend, folder.Path, [events]);

        TrainingResult result = run.Trainer.Run();

        // An epoch has 7 windows; a report every 5 steps, a validation every 4, and both after the last, step 24.
        Assert.That(events.Seen, Is.EqualTo((string[])
        [
            "start 0",
            "epoch 1 at 0", "validation 4", "report 5",
            "epoch 2 at 7", "validation 8", "report 10", "validation 12",
            "epoch 3 at 14", "report 15", "validation 16", "report 20", "validation 20",
            "epoch 4 at 21", "report 24", "validation 24",
            "end 24",
        ]));
        Assert.That((result.Outcome, result.Steps), Is.EqualTo((TrainingOutcome.Completed, 24L)));
    }

    [Test]
    public void Run_Reports_AreMeansOfTheStepsBetween()
    {
        using var folder = new FileFolder();
        var each = new Losses();
        using (var run = new TinyRun(
            Backend, Subfolder(folder, "each"), [each], options => options with { ReportEvery = 1 }))
        {
            run.Trainer.Run();
        }

        var fifths = new Losses();
        using (var run = new TinyRun(Backend, Subfolder(folder, "fifths"), [fifths]))
            run.Trainer.Run();

        double[] means = [.. each.Values.Chunk(5).Select(chunk => chunk.Average())];
        Assert.That(fifths.Values, Is.EqualTo(means).Within(1e-6));
    }

    [Test]
    public void Run_BestValidation_IsTheSavedModel()
    {
        using var folder = new FileFolder();
        var spoil = new AfterValidation(16, parameters => AfterValidation.Fill(parameters["dense.weight"], 3));
        using var run = new TinyRun(Backend, folder.Path, [spoil]);
        TrainingResult result = run.Trainer.Run();
        Assert.That(result.BestStep, Is.LessThan(20), "the last must not be the best, or nothing is shown");

        using Sequential best = ReadModel(folder);
        Assert.That(Evaluation.Of(best, TinyRun.Text(50, seed: 1), streams: 3).Nats, Is.EqualTo(result.BestLoss));
    }

    [Test]
    public void Run_NoImprovement_StopsEarlyAndSaysWhy()
    {
        using var folder = new FileFolder();
        using var run = new TinyRun(Backend, folder.Path, stopping: new StopOnPlateau(patience: 2, minimumDelta: 10));

        TrainingResult result = run.Trainer.Run();

        Assert.That((result.Outcome, result.Steps), Is.EqualTo((TrainingOutcome.Stopped, 12L)));
        Assert.That(result.Reason, Is.EqualTo("no improvement in 2 validations"));
    }

    [Test]
    public void Constructor_OptionOutOfRange_NamesItAndWhatIsExpected()
    {
        using Sequential model = TinyRun.NewModel(Backend);
        Windows windows = TinyRun.NewWindows();
        var sound = new TrainingOptions { Steps = 1, Optimizer = new Adam() };

        Assert.That(
            () => new LanguageModelTrainer(model, windows, sound with { ReportEvery = 0 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("options.ReportEvery is 0, expected at least 1"));
        Assert.That(
            () => new LanguageModelTrainer(model, windows, sound with { Steps = 1 << 24 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("options.Steps is 16777216, expected at most 16777215"));
        Assert.That(
            () => new LanguageModelTrainer(model, windows, sound with { MaximumNorm = double.NaN }),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("maximumNorm is NaN, expected a number above 0"));
        Assert.That(
            () => new LanguageModelTrainer(model, windows, sound with { ValidationIds = new[] { 1 } }),
            Throws.InstanceOf<DataException>());
    }

    [Test]
    public void Run_NoValidationText_SavesTheLastWeights()
    {
        using var folder = new FileFolder();
        using var run = new TinyRun(Backend, folder.Path, change: options => options with { ValidationIds = default });

        TrainingResult result = run.Trainer.Run();

        using Sequential last = ReadModel(folder);
        Assert.That(last.Parameters.All.SelectMany(parameter => parameter.ToArray()), Is.EqualTo(run.ReadParameters()));
        Assert.That(result.BestLoss, Is.Null);
    }

    private Sequential ReadModel(FileFolder folder)
    {
        Sequential model = TinyRun.NewModel(Backend);
        string path = folder[ModelFolder.WeightsName];
        TensorFile.Read(path, Backend, [.. model.Parameters.All.Select(parameter => (parameter.Name, parameter.View))]);
        return model;
    }

    private static string Subfolder(FileFolder folder, string name) => Directory.CreateDirectory(folder[name]).FullName;

    /// <summary>The loop as a user writes it; TinyRun's schedule is left out by telling it the losses of the
    /// validations.</summary>
    private double[] TrainByHand()
    {
        using Sequential model = TinyRun.NewModel(Backend);
        Windows windows = TinyRun.NewWindows();
        using BoundOptimizer adam = new Adam(0.03).Over(model.Parameters);
        using RecurrentState state = model.NewState(windows.Batch);
        var schedule = new ReduceOnPlateau(factor: 0.5, patience: 1, minimumDelta: 0.3);
        Shape shape = [windows.Steps, windows.Batch];
        int[] inputs = new int[windows.Steps * windows.Batch];
        int[] targets = new int[windows.Steps * windows.Batch];
        for (long window = 0; window < TinyRun.Steps; window++)
        {
            if (window % windows.PerEpoch == 0)
                state.Reset();
            windows.Fill(window, inputs, targets);
            using Tape tape = Tape.ForTraining(Backend);
            (Tensor logits, StateCursor next) = model.Forward(tape, tape.Indices(shape, inputs), state);
            Tensor loss = logits.CrossEntropy(tape.Indices(shape, targets));
            model.ClearGradients();
            tape.Backward(loss);
            adam.LearningRate = 0.03 * schedule.FactorAt(window);
            Update update = adam.Step(maximumNorm: 0.5);
            state.KeepFrom(next, update.Status);
            if ((window + 1) % 4 == 0)
                schedule.Observe(Evaluation.Of(model, TinyRun.Text(50, seed: 1), streams: 3).Nats);
        }

        return [.. model.Parameters.All.SelectMany(parameter => parameter.ToArray())];
    }

    private sealed class Events : TrainingCallback
    {
        public List<string> Seen { get; } = [];

        public override void OnStart(LanguageModelTrainer trainer) => Seen.Add($"start {trainer.CompletedSteps}");

        public override void OnEpoch(LanguageModelTrainer trainer, long epoch) =>
            Seen.Add($"epoch {epoch} at {trainer.CompletedSteps}");

        public override void OnReport(LanguageModelTrainer trainer, StepReport report) =>
            Seen.Add($"report {report.Step}");

        public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report) =>
            Seen.Add($"validation {report.Step}");

        public override void OnEnd(LanguageModelTrainer trainer, TrainingResult result) =>
            Seen.Add($"end {result.Steps}");
    }

    private sealed class Losses : TrainingCallback
    {
        public List<double> Values { get; } = [];

        public override void OnReport(LanguageModelTrainer trainer, StepReport report) => Values.Add(report.Loss);
    }
}
