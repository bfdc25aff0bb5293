using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>Lets the model write a text after each validation, into <c>samples.txt</c>: the most telling record of what
/// it learns.</summary>
/// <param name="path">The file, created or continued.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="seed">The seed of chance. It is the same each time, so that what differs is the model.</param>
internal sealed class SampleWriter(string path, TokenizerFile tokenizer, ulong seed) : TrainingCallback, IDisposable
{
    private readonly AppendOnlyFile _file = new(path);
    private readonly GenerationOptions _options = new(
        TrainingDefaults.SampleLength, new SamplingOptions(TrainingDefaults.SampleTemperature), seed);

    /// <summary>The latest sample of this process, or nothing.</summary>
    public string Latest { get; private set; } = "";

    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
        Latest = string.Concat(new TextGenerator(trainer.Model, tokenizer).Generate(prompt: "", _options));
        _file.Append($"=== step {report.Step}, validation loss {report.Result.Nats:F4} nats per token\n{Latest}\n\n");
    }

    public override void SaveTo(IDictionary<string, double> notes) => _file.SaveTo(notes);

    public override void LoadFrom(IReadOnlyDictionary<string, double> notes) => _file.LoadFrom(notes);

    public void Dispose() => _file.Dispose();
}
