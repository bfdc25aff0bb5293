using System.Text.Json;
using System.Text.Json.Serialization;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>What <c>train --json</c> prints as its last line.</summary>
/// <param name="Run">The run's folder.</param>
/// <param name="Steps">How many steps of the run were made.</param>
/// <param name="TrainLoss">The smoothed training loss at the end, nats per character; null before the first
/// report.</param>
/// <param name="ValidationLoss">The lowest validation loss, that of the kept model, nats per character; null before the
/// first validation.</param>
/// <param name="BitsPerCharacter">The same in bits.</param>
/// <param name="TokensPerSecond">Mean speed of the steps of this process, without validations and files.</param>
/// <param name="Seconds">How long this process trained, all included.</param>
/// <param name="PeakBytes">The most memory that this process had.</param>
internal sealed record TrainingReport(
    string Run,
    long Steps,
    double? TrainLoss,
    double? ValidationLoss,
    double? BitsPerCharacter,
    double TokensPerSecond,
    double Seconds,
    long PeakBytes)
{
    public static TrainingReport Of(RunFolder run, TrainingResult result, RunHistory history) => new(
        run.Path,
        result.Steps,
        history.TrainingLoss,
        history.BestLoss,
        history.BestLoss / Math.Log(2),
        Math.Round(history.TokensPerSecond),
        Math.Round(result.Elapsed.TotalSeconds, 3),
        Figures.PeakBytes());

    public string ToJson() => JsonSerializer.Serialize(this, ReportJson.Default.TrainingReport);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(TrainingReport))]
[JsonSerializable(typeof(EvaluationReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
