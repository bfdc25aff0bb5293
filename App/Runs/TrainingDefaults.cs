namespace MiniLstm.App;

/// <summary>What <c>train</c> does where the command line says nothing: about three minutes on two cores.</summary>
internal static class TrainingDefaults
{
    // The model.
    public const string Cell = Cells.Lstm;
    public const int Embedding = 64;
    public const int Hidden = 384;
    public const int Layers = 1;
    public const double Dropout = 0;

    // How it is trained.
    public const int Window = 64;
    public const int Batch = 32;
    public const long Steps = 4500;
    public const string Optimizer = Optimizers.Adam;
    public const double LearningRate = 0.003;
    public const string Schedule = Schedules.Cosine;
    public const double Clip = 1;
    public const ulong Seed = 1;
    public const string Device = Devices.Host;

    // How often something else happens than training, in steps.
    public const long ReportEvery = 10;
    public const long CheckpointEvery = 200;
    public const long ValidationsPerRun = 10;
    public const long ShortestValidationInterval = 100;
    public const long LongestValidationInterval = 500;

    /// <summary>Streams that the validation text is cut into while training, for speed; <c>evaluate</c> is
    /// exact.</summary>
    public const int ValidationStreams = 32;

    // The text that is shown now and then.
    public const int SampleLength = 300;
    public const double SampleTemperature = 0.8;

    /// <summary>Every how many steps a run is validated: ten times, but more often if it is long, and less often if it
    /// is short.</summary>
    public static long ValidateEvery(long steps) =>
        Math.Clamp(steps / ValidationsPerRun, ShortestValidationInterval, LongestValidationInterval);
}
