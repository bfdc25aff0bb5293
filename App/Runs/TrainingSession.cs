using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>Trains in a run's folder, from its start or from its checkpoint: puts trainer, files and display
/// together.</summary>
/// <param name="run">The run's folder, with its settings written.</param>
/// <param name="settings">The settings.</param>
/// <param name="device">The name of the device, as the command line has it.</param>
/// <param name="model">The model, built. The caller disposes of it.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="text">Its text.</param>
internal sealed class TrainingSession(
    RunFolder run, TrainingSettings settings, string device, Sequential model, TokenizerFile tokenizer, TokenizedText text)
{
    /// <summary>Trains until the run is complete or interrupted.</summary>
    /// <param name="json">Whether the last line on the screen is a JSON object.</param>
    /// <param name="verbose">Whether the ways of the computation are told.</param>
    /// <param name="cancellation">Interrupts after the step in progress.</param>
    /// <returns>The exit code.</returns>
    public int Train(bool json, bool verbose, CancellationToken cancellation)
    {
        using var metrics = new MetricsLog(run.MetricsPath);
        using var samples = new SampleWriter(run.SamplesPath, tokenizer, settings.Seed);
        var history = new RunHistory(run.MetricsPath);
        TrainingDisplay display = TrainingDisplay.Create(history, samples);
        var chart = new LossChart(history, run.ChartPath);
        TrainingCallback[] paths = verbose ? [new PathDisplay(model.Device)] : [];
        TrainingCallback[] callbacks = [metrics, history, new BestModel(run.Path), samples, chart, display, .. paths];

        var windows = new Windows(text.Train, settings.Window, settings.Batch, settings.Seed);
        TrainingOptions options = settings.ToOptions(run, text.Validation, callbacks);
        using var trainer = new LanguageModelTrainer(model, windows, options);
        bool isResumed = File.Exists(run.CheckpointPath);
        if (isResumed)
            trainer.Restore(run.CheckpointPath);
        bool wasComplete = trainer.CompletedSteps >= settings.Steps;
        if (isResumed && !wasComplete)
            Console.WriteLine($"resumed   after step {trainer.CompletedSteps:N0} of {settings.Steps:N0}");

        // A complete run makes no more steps, but whatever a kill right after its last one left undone.
        TrainingResult result = Run(trainer, display, cancellation);
        string made = wasComplete
            ? $"complete  {result.Steps:N0} of {settings.Steps:N0} steps were made before"
            : $"finished  {result.Steps:N0} steps in {Figures.Duration(result.Elapsed)}";
        PrintEnd(result, made, history);
        if (json)
            Console.WriteLine(TrainingReport.Of(run, result, history).ToJson());
        return result.Outcome == TrainingOutcome.Interrupted ? ExitCode.Interrupted : ExitCode.Success;
    }

    private TrainingResult Run(LanguageModelTrainer trainer, TrainingDisplay display, CancellationToken cancellation)
    {
        using CancellationTokenRegistration told = cancellation.Register(
            () => Console.Error.WriteLine("stopping  once the step in progress, or its validation, is done and saved; a second time ends at once, as the last checkpoint left it"));
        try
        {
            return display.Show(() => trainer.Run(cancellation));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string help = File.Exists(run.CheckpointPath)
                ? $"the run is as its last checkpoint left it, make room and go on with: {GoOn()}"
                : "nothing of the run was saved yet; make room, or choose another folder with --out";
            throw new IOException($"{error.Message}; {help}", error);
        }
    }

    private string GoOn()
    {
        string[] elsewhere = device == settings.Device ? [] : ["--device", device];
        return Invocation.Of(["train", "--resume", run.Path, .. elsewhere]);
    }

    private void PrintEnd(TrainingResult result, string made, RunHistory history)
    {
        string losses = history.BestLoss is { } best
            ? $"best validation loss {Figures.Loss(best)}"
            : "no validation yet";
        Console.WriteLine();
        if (result.Outcome == TrainingOutcome.Interrupted)
        {
            Console.WriteLine($"interrupted after step {result.Steps:N0} of {settings.Steps:N0} and saved; {losses}");
            Console.WriteLine($"go on:    {GoOn()}");
            return;
        }

        Console.WriteLine($"{made}; {losses}");
        Console.WriteLine($"next:     {Invocation.Of("generate", "--run", run.Path)}");
        Console.WriteLine($"          {Invocation.Of("evaluate", "--run", run.Path, "--baseline")}");
    }
}
