using MiniLstm.Training;
using Spectre.Console;

namespace MiniLstm.App;

/// <summary>Shows how a training run goes.</summary>
internal abstract class TrainingDisplay : TrainingCallback
{
    private long _firstStep;

    /// <summary>A live view on a terminal that can have one, else plain lines.</summary>
    /// <param name="history">The losses so far; it is told before the display.</param>
    /// <param name="samples">The samples; they are told before the display.</param>
    /// <returns>The display.</returns>
    public static TrainingDisplay Create(RunHistory history, SampleWriter samples)
    {
        // A terminal that calls itself dumb is interactive all the same.
        Capabilities terminal = AnsiConsole.Profile.Capabilities;
        bool isLive = !Console.IsOutputRedirected && terminal.Ansi && terminal.Interactive;
        return isLive ? new LiveDisplay(history, samples) : new PlainDisplay(history, samples);
    }

    /// <summary>Shows a run from its beginning to its end.</summary>
    /// <param name="run">The run, which calls this callback.</param>
    /// <returns>What the run returns.</returns>
    public abstract TrainingResult Show(Func<TrainingResult> run);

    public override void OnStart(LanguageModelTrainer trainer) => _firstStep = trainer.CompletedSteps;

    /// <summary>How long the rest of the run takes if it goes on as fast as since its start or resumption.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="elapsed">Time since then.</param>
    /// <returns>The time.</returns>
    protected TimeSpan Left(LanguageModelTrainer trainer, TimeSpan elapsed)
    {
        long made = Math.Max(1, trainer.CompletedSteps - _firstStep);
        return elapsed * ((double)(trainer.Options.Steps - trainer.CompletedSteps) / made);
    }
}
