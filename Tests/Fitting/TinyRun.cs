using System.Text.RegularExpressions;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>
/// A training run of a tiny model with everything on: dropout, clipping, a schedule with memory, validation, best
/// model, checkpoints and metrics. An epoch has 7 windows; intervals are chosen so that nothing coincides.
/// </summary>
internal sealed class TinyRun : IDisposable
{
    public const int Vocabulary = 7;
    public const long Steps = 24;

    private readonly MetricsLog _metrics;

    public TinyRun(
        Backend device,
        string folder,
        IEnumerable<TrainingCallback>? callbacks = null,
        Func<TrainingOptions, TrainingOptions>? change = null,
        StopOnPlateau? stopping = null)
    {
        Folder = folder;
        _metrics = new(Path.Combine(folder, "metrics.jsonl"));
        Model = NewModel(device);
        var options = new TrainingOptions
        {
            Steps = Steps,
            Optimizer = new Adam(0.03),
            Schedule = new ReduceOnPlateau(factor: 0.5, patience: 1, minimumDelta: 0.3),
            MaximumNorm = 0.5,
            ReportEvery = 5,
            ValidationIds = Text(50, seed: 1),
            ValidateEvery = 4,
            ValidationStreams = 3,
            CheckpointPath = CheckpointPath,
            CheckpointEvery = 6,
            Callbacks = [_metrics, new BestModel(folder), stopping ?? new(patience: 50), .. callbacks ?? []],
        };
        Trainer = new(Model, NewWindows(), change is null ? options : change(options));
    }

    public string Folder { get; }

    public Sequential Model { get; }

    public LanguageModelTrainer Trainer { get; }

    public string CheckpointPath => Path.Combine(Folder, "checkpoint.safetensors");

    /// <summary>Everything that the run left behind, but for the times in the metrics.</summary>
    public string[] Results =>
    [
        Convert.ToHexString(File.ReadAllBytes(CheckpointPath)),
        Convert.ToHexString(File.ReadAllBytes(Path.Combine(Folder, ModelFolder.WeightsName))),
        Regex.Replace(ReadMetrics(), @"(,""tokensPerSecond"":[^,]+)?,""seconds"":[^}]+", ""),
    ];

    /// <summary>Tokens of which each follows from the one before it, but for one in eight.</summary>
    public static int[] Text(int count, ulong seed)
    {
        var random = new RandomStream(seed, stream: 0);
        int[] ids = new int[count];
        for (int k = 1; k < count; k++)
        {
            bool isRandom = random.NextUniform() < 0.125;
            ids[k] = isRandom ? (int)(random.NextUniform() * Vocabulary) : (ids[k - 1] * 3 + 1) % Vocabulary;
        }

        return ids;
    }

    public static Windows NewWindows() => new(Text(116, seed: 2), steps: 5, batch: 3, seed: 3);

    public static Sequential NewModel(Backend device, ulong seed = 4)
    {
        var model = new Sequential(
            new Model.Embedding(Vocabulary, 5),
            new Lstm(8, returnSequences: true),
            new Model.Dropout(0.25),
            new Dense(Vocabulary));
        model.Build(device, seed);
        return model;
    }

    public double[] ReadParameters() => [.. Model.Parameters.All.SelectMany(parameter => parameter.ToArray())];

    public void Dispose()
    {
        Trainer.Dispose();
        Model.Dispose();
        _metrics.Dispose();
    }

    private string ReadMetrics()
    {
        string path = Path.Combine(Folder, "metrics.jsonl");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
