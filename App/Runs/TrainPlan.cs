namespace MiniLstm.App;

/// <summary>A new run as the command line describes it.</summary>
internal sealed record TrainPlan
{
    public required TextOrigin Text { get; init; }

    public required ModelChoices Model { get; init; }

    /// <summary>The run whose model this one begins with, or null.</summary>
    public string? InitFrom { get; init; }

    public required int Window { get; init; }

    public required int Batch { get; init; }

    public required string Optimizer { get; init; }

    public required double LearningRate { get; init; }

    public required double WeightDecay { get; init; }

    public required double Average { get; init; }

    public required string Schedule { get; init; }

    public required double Clip { get; init; }

    public required ulong Seed { get; init; }

    public required string Device { get; init; }

    public required string Precision { get; init; }

    public int? Threads { get; init; }

    /// <summary>How long, in one of three ways or, if all are null, as long as by default.</summary>
    public long? Steps { get; init; }

    public int? Epochs { get; init; }

    public double? Minutes { get; init; }

    /// <summary>The run's folder, or null.</summary>
    public string? Out { get; init; }

    /// <summary>The settings of the run, once its length is known.</summary>
    /// <param name="textSha256">The hash of its text.</param>
    /// <param name="steps">Its steps.</param>
    /// <returns>The settings.</returns>
    public TrainingSettings ToSettings(string textSha256, long steps) => new()
    {
        Text = Text,
        TextSha256 = textSha256,
        Window = Window,
        Batch = Batch,
        Optimizer = Optimizer,
        LearningRate = LearningRate,
        WeightDecay = WeightDecay,
        Average = Average,
        InitFrom = InitFrom,
        Schedule = Schedule,
        Clip = Clip,
        Seed = Seed,
        Device = Device,
        Precision = Precision,
        Steps = steps,
        Minutes = Minutes,
        Epochs = Epochs,
        ReportEvery = TrainingDefaults.ReportEvery,
        ValidateEvery = TrainingDefaults.ValidateEvery(steps),
        ValidationStreams = TrainingDefaults.ValidationStreams,
        CheckpointEvery = TrainingDefaults.CheckpointEvery,
    };
}
