using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>Lines of text, one every few seconds: for files, pipes, and terminals that can do no more.</summary>
/// <param name="history">The losses.</param>
/// <param name="samples">The samples.</param>
internal sealed class PlainDisplay(RunHistory history, SampleWriter samples) : TrainingDisplay
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private TimeSpan? _lastLine;

    public override TrainingResult Show(Func<TrainingResult> run) => run();

    public override void OnReport(LanguageModelTrainer trainer, StepReport report)
    {
        if (report.Elapsed - _lastLine < _pause)
            return;
        _lastLine = report.Elapsed;
        string loss = Figures.Loss(history.TrainingLoss ?? report.Loss);
        string left = Figures.Duration(Left(trainer, report.Elapsed));
        Console.WriteLine(
            $"step {report.Step:N0}/{trainer.Options.Steps:N0}  epoch {report.Epoch}  loss {loss}  " +
            $"rate {report.LearningRate:G3}  gradient {report.GradientNorm:G3}  " +
            $"{report.TokensPerSecond:N0} tokens/s  {left} left  peak {Figures.Memory(Figures.PeakBytes())}");
    }

    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
        string best = report.IsBest ? ", the best so far" : "";
        Console.WriteLine($"step {report.Step:N0}  validation loss {Figures.Loss(report.Result.Nats)}{best}; sample:");
        foreach (string line in samples.Latest.Trim().Split('\n'))
            Console.WriteLine($"    | {line}");
    }
}
