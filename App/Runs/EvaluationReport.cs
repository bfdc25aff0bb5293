using System.Text.Json;
using System.Text.Json.Serialization;
using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>What <c>evaluate --json</c> prints as its last line.</summary>
/// <param name="Run">The folder of the model.</param>
/// <param name="Text">Which text.</param>
/// <param name="Device">What computed it.</param>
/// <param name="Weights">In what form weights were read.</param>
/// <param name="Nats">The model's loss, nats per character.</param>
/// <param name="BitsPerCharacter">The same in bits.</param>
/// <param name="Perplexity">e to the power of the loss.</param>
/// <param name="Accuracy">The fraction of characters that the model thought likeliest.</param>
/// <param name="Characters">How many characters were predicted: all but the first of each stream's text.</param>
/// <param name="Streams">How many streams there were; 1 is exact.</param>
internal sealed record EvaluationReport(
    string Run,
    string Text,
    string Device,
    string Weights,
    double Nats,
    double BitsPerCharacter,
    double Perplexity,
    double Accuracy,
    long Characters,
    int Streams)
{
    /// <summary>In what form large products read their operands, if not in the usual one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Precision { get; init; }

    /// <summary>The order of the n-gram, if one was counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? BaselineOrder { get; init; }

    /// <summary>Its loss on the same text, nats per character.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BaselineNats { get; init; }

    public static EvaluationReport Of(RunFolder run, string text, Backend device, string weights, Evaluation result) => new(
        run.Path,
        text,
        device.Name,
        weights,
        result.Nats,
        result.BitsPerToken,
        result.Perplexity,
        result.Accuracy,
        result.Tokens,
        result.Streams)
    {
        Precision = Devices.PrecisionOf(device) is not Devices.FullPrecision and var precision ? precision : null,
    };

    public string ToJson() => JsonSerializer.Serialize(this, ReportJson.Default.EvaluationReport);
}
