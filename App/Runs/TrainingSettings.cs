using System.Text.Json;
using System.Text.Json.Serialization;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>
/// The file <c>training.json</c> of a run: all that the run depends on beside its model, so that it can go on, or be
/// made again elsewhere.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record TrainingSettings
{
    private const string CurrentFormat = "minilstm-training";
    private const int CurrentVersion = 1;

    public string Format { get; init; } = CurrentFormat;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Where the text is.</summary>
    public required TextOrigin Text { get; init; }

    /// <summary>The hash of the text, <see cref="RunText.Sha256"/>.</summary>
    public required string TextSha256 { get; init; }

    /// <summary>Time steps of a window: gradients reach back so far at most.</summary>
    public required int Window { get; init; }

    /// <summary>How many places of the text are read in parallel.</summary>
    public required int Batch { get; init; }

    /// <summary>One of <see cref="Optimizers"/>.</summary>
    public string Optimizer { get; init; } = TrainingDefaults.Optimizer;

    /// <summary>The learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The decay of the moving average of the weights; 0: none.</summary>
    public double Average { get; init; }

    /// <summary>The run whose model this one began with, or null.</summary>
    public string? InitFrom { get; init; }

    /// <summary>How the learning rate changes, one of <see cref="Schedules"/>.</summary>
    public required string Schedule { get; init; }

    /// <summary>The maximum norm of the gradient; 0: no maximum.</summary>
    public required double Clip { get; init; }

    /// <summary>The seed of first values, dropout, offsets of epochs, and samples.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The device: resumed on another, the run would have other bits.</summary>
    public required string Device { get; init; }

    /// <summary>In what form large products read their operands, one of <see cref="Devices.Precisions"/>.</summary>
    public string Precision { get; init; } = Devices.FullPrecision;

    /// <summary>How many steps the whole run makes.</summary>
    public required long Steps { get; init; }

    /// <summary>The minutes from which the steps were computed, or null.</summary>
    public double? Minutes { get; init; }

    /// <summary>The epochs from which the steps were computed, or null.</summary>
    public int? Epochs { get; init; }

    public required long ReportEvery { get; init; }

    public required long ValidateEvery { get; init; }

    public required int ValidationStreams { get; init; }

    public required long CheckpointEvery { get; init; }

    /// <summary>Reads the settings of a run.</summary>
    /// <param name="run">The run's folder.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ModelFileException">The file is not what its format promises.</exception>
    public static TrainingSettings Read(RunFolder run)
    {
        try
        {
            TrainingSettings? settings = JsonSerializer.Deserialize(
                File.ReadAllBytes(run.SettingsPath), SettingsJson.Default.TrainingSettings);
            return settings is { Format: CurrentFormat, Version: CurrentVersion }
                ? settings
                : throw new ModelFileException(
                    run.SettingsPath,
                    null,
                    $"format '{settings?.Format}' version {settings?.Version}, " +
                    $"expected '{CurrentFormat}' version {CurrentVersion}");
        }
        catch (JsonException error)
        {
            throw new ModelFileException(run.SettingsPath, null, error.Message);
        }
    }

    /// <summary>Writes the settings of a run, whole or not at all.</summary>
    /// <param name="run">The run's folder.</param>
    public void Write(RunFolder run)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, SettingsJson.Default.TrainingSettings);
        AtomicFile.Write(run.SettingsPath, stream => stream.Write(json));
    }

    /// <summary>What a trainer is told.</summary>
    /// <param name="run">The run's folder, for its checkpoint.</param>
    /// <param name="validationIds">The token ids of the validation text.</param>
    /// <param name="callbacks">Who is told what happens.</param>
    /// <returns>The options.</returns>
    public TrainingOptions ToOptions(RunFolder run, int[] validationIds, TrainingCallback[] callbacks) => new()
    {
        Steps = Steps,
        Optimizer = Optimizers.Create(Optimizer, LearningRate, WeightDecay, Average),
        Schedule = Schedules.Create(Schedule, Steps),
        MaximumNorm = Clip > 0 ? Clip : double.PositiveInfinity,
        ReportEvery = ReportEvery,
        ValidationIds = validationIds,
        ValidateEvery = ValidateEvery,
        ValidationStreams = ValidationStreams,
        CheckpointPath = run.CheckpointPath,
        CheckpointEvery = CheckpointEvery,
        Callbacks = callbacks,
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TrainingSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
