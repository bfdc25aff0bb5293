using System.Text.Json;
using System.Text.Json.Serialization;

namespace MiniLstm.Training;

/// <summary>Writes the history of a run as JSON lines: one object for each report and each validation.</summary>
/// <remarks>
/// <code>
/// {"kind":"training","step":10,"epoch":1,"loss":3.1,"learningRate":0.002,"gradientNorm":0.9,
///  "tokensPerSecond":51000,"seconds":0.4}
/// {"kind":"validation","step":500,"epoch":1,"loss":1.9,"accuracy":0.44,"tokens":111539,"isBest":true,"seconds":22.5}
/// </code>
/// Losses are nats per token. All but tokensPerSecond and seconds are the same in each repetition of a run, resumed or
/// not.
/// </remarks>
/// <param name="path">The file, created or continued; its folder must exist.</param>
/// <exception cref="IOException">The file cannot be opened.</exception>
/// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
public sealed class MetricsLog(string path) : TrainingCallback, IDisposable
{
    private readonly AppendOnlyFile _file = new(path);

    /// <inheritdoc/>
    public override void OnReport(LanguageModelTrainer trainer, StepReport report)
    {
        var line = new TrainingLine(
            "training",
            report.Step,
            report.Epoch,
            report.Loss,
            report.LearningRate,
            report.GradientNorm,
            Math.Round(report.TokensPerSecond),
            Seconds(report.Elapsed));
        Append(JsonSerializer.Serialize(line, MetricsJson.Default.TrainingLine));
    }

    /// <inheritdoc/>
    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
        var line = new ValidationLine(
            "validation",
            report.Step,
            report.Epoch,
            report.Result.Nats,
            report.Result.Accuracy,
            report.Result.Tokens,
            report.IsBest,
            Seconds(report.Elapsed));
        Append(JsonSerializer.Serialize(line, MetricsJson.Default.ValidationLine));
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes) => _file.SaveTo(notes);

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes) => _file.LoadFrom(notes);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static double Seconds(TimeSpan elapsed) => Math.Round(elapsed.TotalSeconds, 3);

    private void Append(string json) => _file.Append(json + "\n");
}

internal sealed record TrainingLine(
    string Kind,
    long Step,
    long Epoch,
    double Loss,
    double LearningRate,
    double GradientNorm,
    double TokensPerSecond,
    double Seconds);

internal sealed record ValidationLine(
    string Kind, long Step, long Epoch, double Loss, double Accuracy, long Tokens, bool IsBest, double Seconds);

// A loss may overflow to infinity without stopping the run: it is then written as a text.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(TrainingLine))]
[JsonSerializable(typeof(ValidationLine))]
internal sealed partial class MetricsJson : JsonSerializerContext;
