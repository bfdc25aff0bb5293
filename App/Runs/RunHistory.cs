using System.Text.Json;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>A loss at a step of a run, in nats per character.</summary>
internal readonly record struct LossPoint(long Step, double Loss);

/// <summary>The losses of a run so far, for chart and display: from its metrics file and then from what
/// happens.</summary>
/// <param name="metricsPath">The metrics file.</param>
internal sealed class RunHistory(string metricsPath) : TrainingCallback
{
    // The training loss of a report covers few windows and jumps about: what is shown is an average over the last few
    // reports.
    private const double Decay = 0.75;

    private readonly List<LossPoint> _training = [];
    private readonly List<LossPoint> _validation = [];
    private double _weightedSum;
    private double _weight;
    private int _reports;
    private double _secondsPerToken;

    /// <summary>The smoothed training loss at each report.</summary>
    public IReadOnlyList<LossPoint> Training => _training;

    /// <summary>The validation losses.</summary>
    public IReadOnlyList<LossPoint> Validation => _validation;

    /// <summary>The latest smoothed training loss, or null.</summary>
    public double? TrainingLoss => _training.Count > 0 ? _training[^1].Loss : null;

    /// <summary>The lowest validation loss, that of the model which is kept, or null.</summary>
    public double? BestLoss => _validation.Count > 0 ? _validation.Min(point => point.Loss) : null;

    /// <summary>The mean speed since this process began or resumed the run; 0 before the first report.</summary>
    public double TokensPerSecond => _reports > 0 ? _reports / _secondsPerToken : 0;

    public override void OnStart(LanguageModelTrainer trainer)
    {
        using var file = new FileStream(metricsPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement metric = json.RootElement;
            long step = metric.GetProperty("step").GetInt64();

            // A loss that is no number is written as a text, and has no place in a chart.
            if (metric.GetProperty("loss") is not { ValueKind: JsonValueKind.Number } loss)
                continue;
            if (metric.GetProperty("kind").ValueEquals("training"))
                AddTraining(step, loss.GetDouble());
            else
                _validation.Add(new(step, loss.GetDouble()));
        }
    }

    public override void OnReport(LanguageModelTrainer trainer, StepReport report)
    {
        if (double.IsFinite(report.Loss))
            AddTraining(report.Step, report.Loss);
        _reports++;
        _secondsPerToken += 1 / report.TokensPerSecond;
    }

    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
        if (double.IsFinite(report.Result.Nats))
            _validation.Add(new(report.Step, report.Result.Nats));
    }

    private void AddTraining(long step, double loss)
    {
        _weightedSum = (Decay * _weightedSum) + loss;
        _weight = (Decay * _weight) + 1;
        _training.Add(new(step, _weightedSum / _weight));
    }
}
