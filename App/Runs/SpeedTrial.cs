using System.Diagnostics;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>Finds out how many steps fit into some minutes: a model of the same shape is trained for a few seconds and
/// thrown away.</summary>
/// <remarks>
/// The run itself then begins anew with that number of steps, and is the same, to the bit, as one that was given the
/// number. Going on from the first steps instead would make the learning rate of each step depend on how busy the
/// machine was.
/// </remarks>
internal sealed class SpeedTrial : TrainingCallback
{
    // The first steps are slow: code is being compiled, memory taken.
    private const double WarmUpSeconds = 1.5;
    private const double MeasuredSeconds = 3;
    private const int FewestSteps = 3;

    // Without the warm-up of a schedule, the run's own rate might be too high for the first steps.
    private const double HarmlessRate = 1e-6;

    // Writing sample, chart and files after a validation.
    private const double SecondsPerPause = 0.3;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _firstStep;
    private double _firstSeconds;

    private SpeedTrial()
    {
    }

    /// <summary>Seconds of one step.</summary>
    private double SecondsPerStep { get; set; }

    /// <summary>Computes the steps of a run.</summary>
    /// <param name="plan">The run; it says how many minutes.</param>
    /// <param name="model">A model of its shape, not built; it is built here and only good to be disposed of
    /// afterwards.</param>
    /// <param name="device">Where it will run.</param>
    /// <param name="windows">Its training text.</param>
    /// <param name="validationIds">Its validation text.</param>
    /// <param name="cancellation">Ends the trial with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>How many steps take that long, with validations; at least 1.</returns>
    public static long Steps(
        TrainPlan plan,
        Sequential model,
        Backend device,
        Windows windows,
        int[] validationIds,
        CancellationToken cancellation)
    {
        var trial = new SpeedTrial();
        model.Build(device, plan.Seed);
        var options = new TrainingOptions
        {
            Steps = BoundOptimizer.MaximumSteps,
            Optimizer = Optimizers.Create(plan.Optimizer, HarmlessRate, plan.WeightDecay, plan.Average),
            MaximumNorm = plan.Clip > 0 ? plan.Clip : double.PositiveInfinity,
            ReportEvery = 1,
            Callbacks = [trial],
        };
        using (var trainer = new LanguageModelTrainer(model, windows, options))
            trainer.Run(cancellation);
        cancellation.ThrowIfCancellationRequested();

        double before = trial._clock.Elapsed.TotalSeconds;
        Evaluation.Of(model, validationIds, TrainingDefaults.ValidationStreams, cancellation: cancellation);
        double after = trial._clock.Elapsed.TotalSeconds;
        double left = plan.Minutes.GetValueOrDefault() * 60 - after;
        return StepsIn(left, trial.SecondsPerStep, after - before + SecondsPerPause);
    }

    public override void OnReport(LanguageModelTrainer trainer, StepReport report)
    {
        double now = _clock.Elapsed.TotalSeconds;
        if (_firstStep == 0)
        {
            if (now >= WarmUpSeconds && report.Step >= FewestSteps)
                (_firstStep, _firstSeconds) = (report.Step, now);
            return;
        }

        SecondsPerStep = (now - _firstSeconds) / (report.Step - _firstStep);
        if (now - _firstSeconds >= MeasuredSeconds && report.Step - _firstStep >= FewestSteps)
            trainer.Stop("the trial is over");
    }

    /// <summary>The number of steps and validations that take some seconds.</summary>
    /// <param name="seconds">The seconds.</param>
    /// <param name="perStep">Seconds of a step.</param>
    /// <param name="perValidation">Seconds of a validation with all that goes with it.</param>
    /// <returns>The steps, at least 1.</returns>
    internal static long StepsIn(double seconds, double perStep, double perValidation)
    {
        double WithInterval(long interval) => seconds / (perStep + perValidation / interval);

        double steps = WithInterval(TrainingDefaults.LongestValidationInterval);
        if (steps < TrainingDefaults.ValidationsPerRun * TrainingDefaults.LongestValidationInterval)
            steps = (seconds - TrainingDefaults.ValidationsPerRun * perValidation) / perStep;
        if (steps < TrainingDefaults.ValidationsPerRun * TrainingDefaults.ShortestValidationInterval)
            steps = WithInterval(TrainingDefaults.ShortestValidationInterval);
        return Math.Max(1, (long)steps);
    }
}
