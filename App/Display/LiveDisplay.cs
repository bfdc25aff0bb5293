using MiniLstm.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MiniLstm.App;

/// <summary>A view that is drawn anew in its place whenever there is something new.</summary>
/// <param name="history">The losses.</param>
/// <param name="samples">The samples.</param>
internal sealed class LiveDisplay(RunHistory history, SampleWriter samples) : TrainingDisplay
{
    private const int BarWidth = 32;
    private const int SampleLines = 8;

    // More often than anyone can see would only cost time.
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(0.1);

    private LiveDisplayContext? _screen;
    private TimeSpan _lastDrawn;
    private StepReport? _report;
    private ValidationReport? _validation;

    public override TrainingResult Show(Func<TrainingResult> run) =>
        AnsiConsole.Live(new Text("starting")).Overflow(VerticalOverflow.Crop).Start(screen =>
        {
            _screen = screen;
            return run();
        });

    public override void OnReport(LanguageModelTrainer trainer, StepReport report)
    {
        _report = report;
        if (report.Elapsed - _lastDrawn >= _pause || report.Step == trainer.Options.Steps)
            Draw(trainer, report.Elapsed);
    }

    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
        _validation = report;
        Draw(trainer, report.Elapsed);
    }

    private void Draw(LanguageModelTrainer trainer, TimeSpan elapsed)
    {
        _lastDrawn = elapsed;
        var parts = new List<IRenderable> { Progress(trainer, elapsed) };
        if (_report is { } report)
            parts.Add(Numbers(report));
        if (samples.Latest.Length > 0)
            parts.Add(Sample());
        _screen?.UpdateTarget(new Rows(parts));
    }

    private Markup Progress(LanguageModelTrainer trainer, TimeSpan elapsed)
    {
        long total = trainer.Options.Steps;
        int done = (int)(BarWidth * trainer.CompletedSteps / total);
        return new Markup(
            $"\n[green]{new string('━', done)}[/][grey]{new string('━', BarWidth - done)}[/]  " +
            $"step {trainer.CompletedSteps:N0}/{total:N0}  epoch {trainer.Epoch}  " +
            $"{Figures.Duration(elapsed)} gone, {Figures.Duration(Left(trainer, elapsed))} left\n");
    }

    private Grid Numbers(StepReport report)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap().PadRight(3));
        grid.AddColumn(new GridColumn().NoWrap());
        Add("training loss", $"{Figures.Loss(history.TrainingLoss ?? report.Loss)} (smoothed)");
        Add("validation loss", Validation());
        Add("learning rate", $"{report.LearningRate:G3}");
        Add("gradient norm", $"{report.GradientNorm:G3}");
        Add("speed", $"{report.TokensPerSecond:N0} tokens/s");
        Add("peak memory", Figures.Memory(Figures.PeakBytes()));
        return grid;

        void Add(string name, string value) => grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
    }

    private string Validation()
    {
        if (_validation is not { } validation)
            return history.BestLoss is { } earlier ? $"{Figures.Loss(earlier)} (best)" : "not yet";
        string best = validation.IsBest ? "the best so far" : $"best {history.BestLoss:F3}";
        return $"{Figures.Loss(validation.Result.Nats)} at step {validation.Step:N0} ({best})";
    }

    // As text, not as markup: a sample may contain anything.
    private Panel Sample()
    {
        IEnumerable<string> lines = samples.Latest.Trim().Split('\n').Take(SampleLines);
        return new Panel(new Text(string.Join('\n', lines)))
        {
            Header = new PanelHeader($" sample at step {_validation?.Step:N0} "),
            Border = BoxBorder.Rounded,
            Expand = true,
        };
    }
}
