using System.CommandLine;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary><c>minilstm train</c>: learns a text, or goes on learning it.</summary>
internal sealed class TrainCommand : ProgramCommand
{
    private const int LargestSize = 1 << 14;
    private const int MostSteps = 10_000_000;

    private readonly Option<string?> _data = new("--data")
    {
        HelpName = "PATH",
        Description =
            "The text, UTF-8: a file, a folder of text files, or - for standard input. Default: the built-in corpus.",
    };

    private readonly Option<int?> _hidden = Numbers.Integer(
        "--hidden", $"Units of each LSTM layer. Default: {TrainingDefaults.Hidden}.", 1, LargestSize);

    private readonly Option<int?> _layers = Numbers.Integer(
        "--layers", $"LSTM layers. Default: {TrainingDefaults.Layers}.", 1, 64);

    private readonly Option<int?> _embedding = Numbers.Integer(
        "--embedding",
        $"Width of the embedding. Default: {TrainingDefaults.Embedding}, or that of --hidden with --tie.",
        1,
        LargestSize);

    private readonly Option<double?> _dropout = Numbers.Real(
        "--dropout",
        $"Probability of dropout between and after the LSTM layers. Default: {TrainingDefaults.Dropout}.",
        0,
        0.99);

    private readonly Option<bool> _tie = new("--tie")
    {
        Description = "Let the last layer share the embedding's table.",
    };

    private readonly Option<int?> _window = Numbers.Integer(
        "--window",
        $"Characters that gradients reach back at most. Default: {TrainingDefaults.Window}.",
        1,
        LargestSize);

    private readonly Option<int?> _batch = Numbers.Integer(
        "--batch", $"Places of the text that are read in parallel. Default: {TrainingDefaults.Batch}.", 1, LargestSize);

    private readonly Option<long?> _steps = Numbers.Long(
        "--steps", $"Length of the run in steps. Default: {TrainingDefaults.Steps:N0}.", 1, MostSteps);

    private readonly Option<int?> _epochs = Numbers.Integer(
        "--epochs", "Length of the run in passes over the text.", 1, MostSteps);

    private readonly Option<double?> _minutes = Numbers.Real(
        "--minutes",
        "Length of the run in minutes: the speed of the first steps fixes how many there are.",
        0.01,
        100_000);

    private readonly Option<double?> _learningRate = Numbers.Real(
        "--learning-rate", $"Learning rate of Adam. Default: {TrainingDefaults.LearningRate}.", 1e-9, 10);

    private readonly Option<string?> _schedule = Numbers.Choice(
        "--schedule", "NAME", $"How the learning rate changes (default {TrainingDefaults.Schedule})", Schedules.All);

    private readonly Option<double?> _clip = Numbers.Real(
        "--clip", $"Maximum norm of the gradient; 0: none. Default: {TrainingDefaults.Clip}.", 0, 1e9);

    private readonly Option<ulong?> _seed = Numbers.Seed(
        $"Seed of everything random. Default: {TrainingDefaults.Seed}.");

    private readonly Option<string?> _device = CommonOptions.Device();

    private readonly Option<int?> _threads = CommonOptions.Threads();

    private readonly Option<string?> _resume = new("--resume")
    {
        HelpName = "RUN",
        Description =
            "Go on with the run in this folder, as if it had never been interrupted; all settings are the run's.",
    };

    private readonly Option<string?> _out = new("--out")
    {
        HelpName = "FOLDER",
        Description = "The run's folder; it must be new or empty. Default: runs/<time>.",
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    public TrainCommand()
        : base("train", "Learns a text. Ctrl-C saves; --resume goes on.")
    {
        Option[] all =
        [
            _data, _hidden, _layers, _embedding, _dropout, _tie, _window, _batch, _steps, _epochs, _minutes,
            _learningRate, _schedule, _clip, _seed, _device, _threads, _resume, _out, _json,
        ];
        foreach (Option option in all)
            Add(option);
    }

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm train", "learns the built-in corpus, the documentation of .NET, in about three minutes"),
        ("minilstm train --data shakespeare.txt --minutes 10", "learns a text of your own for ten minutes"),
        ("cat *.txt | minilstm train --data - --hidden 128 --epochs 5", "learns what comes from another program"),
        ("minilstm train --resume runs/2026-11-24_09-30-00", "goes on with a run that was interrupted"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation) =>
        arguments.GetValue(_resume) is { } path
            ? Resume(path, arguments, cancellation)
            : Begin(ToPlan(arguments), arguments.GetValue(_json), cancellation);

    private static int Begin(TrainPlan plan, bool json, CancellationToken cancellation)
    {
        using Backend device = Devices.Open(plan.Device, plan.Threads);
        var normalizer = new TextNormalizer(RunText.Normalization);
        RunText text = RunText.Read(plan.Text, normalizer);
        var tokenizer = new TokenizerFile(CharacterTokenizer.FromText(text.Split.Train), normalizer);
        TokenizedText tokens = TokenizedText.Of(text.Split, tokenizer.Tokenizer);
        var windows = new Windows(tokens.Train, plan.Window, plan.Batch, plan.Seed);
        using Sequential model = plan.Sizes.Describe(tokenizer.Tokenizer.Count);

        RunFolder run = RunFolder.Create(plan.Out);
        try
        {
            using IDisposable guard = run.Lock();
            long steps = CountSteps(plan, tokenizer.Tokenizer.Count, device, windows, tokens.Validation, cancellation);
            TrainingSettings settings = plan.ToSettings(text.Sha256, steps);
            model.Build(device, settings.Seed);
            run.Begin(settings, model, tokenizer, text.Copy);
            RunHeader.Print(run, settings, model, tokens, windows, device);
            return new TrainingSession(run, settings, model, tokenizer, tokens).Train(json, cancellation);
        }
        finally
        {
            run.DeleteIfEmpty();
        }
    }

    private int Resume(string path, ParseResult arguments, CancellationToken cancellation)
    {
        IEnumerable<string> conflicting = Given(arguments, Options.Except([_resume, _threads, _json]));
        if (conflicting.FirstOrDefault() is { } other)
            throw new UsageException(
                $"--resume goes on with the settings of the run, {other} cannot change them; leave it out");

        RunFolder run = RunFolder.OfTraining(path);
        using IDisposable guard = run.Lock();
        TrainingSettings settings = TrainingSettings.Read(run);
        TokenizerFile tokenizer = TokenizerFile.Read(run.TokenizerPath);
        RunText text = RunText.ReadAgain(run, settings, tokenizer.Normalizer);
        TokenizedText tokens = TokenizedText.Of(text.Split, tokenizer.Tokenizer);
        var windows = new Windows(tokens.Train, settings.Window, settings.Batch, settings.Seed);

        using Backend device = Devices.Open(settings.Device, arguments.GetValue(_threads));
        using Sequential model = ModelConfig.Read(run.ConfigPath);
        model.Build(device, settings.Seed);
        RunHeader.Print(run, settings, model, tokens, windows, device);
        bool json = arguments.GetValue(_json);
        return new TrainingSession(run, settings, model, tokenizer, tokens).Train(json, cancellation);
    }

    /// <summary>The names of those options that the command line has.</summary>
    private static IEnumerable<string> Given(ParseResult arguments, IEnumerable<Option> options) => options
        .Where(option => arguments.GetResult(option) is { Implicit: false })
        .Select(option => option.Name);

    private static long CountSteps(
        TrainPlan plan,
        int vocabulary,
        Backend device,
        Windows windows,
        int[] validationIds,
        CancellationToken cancellation)
    {
        if (plan.Steps is { } steps)
            return steps;
        if (plan.Epochs is { } epochs)
            return Math.Min((long)epochs * windows.PerEpoch, MostSteps);
        if (plan.Minutes is not { } minutes)
            return TrainingDefaults.Steps;

        Console.WriteLine("measuring the speed of some steps…");
        using Sequential twin = plan.Sizes.Describe(vocabulary);
        steps = Math.Min(SpeedTrial.Steps(plan, twin, device, windows, validationIds, cancellation), MostSteps);
        Console.WriteLine(
            $"--minutes {minutes:G4} is {steps:N0} steps at this speed; --steps {steps} makes the same run again");
        return steps;
    }

    private TrainPlan ToPlan(ParseResult arguments)
    {
        string[] given = [.. Given(arguments, [_steps, _epochs, _minutes])];
        if (given.Length > 1)
            throw new UsageException($"{string.Join(" and ", given)} all say how long to train; give one of them");

        int hidden = arguments.GetValue(_hidden) ?? TrainingDefaults.Hidden;
        bool tie = arguments.GetValue(_tie);
        int embedding = arguments.GetValue(_embedding) ?? (tie ? hidden : TrainingDefaults.Embedding);
        if (tie && embedding != hidden)
            throw new UsageException(
                $"--tie needs an embedding as wide as the LSTM layers, " +
                $"got --embedding {embedding} and --hidden {hidden}");

        TextOrigin text = TextOrigin.Of(arguments.GetValue(_data));
        string? folder = arguments.GetValue(_out);
        if (text.Kind == TextKind.Folder && RunFolder.IsInside(folder, text.Path))
            throw new UsageException(
                $"the run's folder would lie inside {text}, and so be part of the text; " +
                "name one outside of it with --out");

        return new()
        {
            Text = text,
            Sizes = new(
                embedding,
                hidden,
                arguments.GetValue(_layers) ?? TrainingDefaults.Layers,
                arguments.GetValue(_dropout) ?? TrainingDefaults.Dropout,
                tie),
            Window = arguments.GetValue(_window) ?? TrainingDefaults.Window,
            Batch = arguments.GetValue(_batch) ?? TrainingDefaults.Batch,
            LearningRate = arguments.GetValue(_learningRate) ?? TrainingDefaults.LearningRate,
            Schedule = arguments.GetValue(_schedule) ?? TrainingDefaults.Schedule,
            Clip = arguments.GetValue(_clip) ?? TrainingDefaults.Clip,
            Seed = arguments.GetValue(_seed) ?? TrainingDefaults.Seed,
            Device = arguments.GetValue(_device) ?? TrainingDefaults.Device,
            Threads = arguments.GetValue(_threads),
            Steps = arguments.GetValue(_steps),
            Epochs = arguments.GetValue(_epochs),
            Minutes = arguments.GetValue(_minutes),
            Out = folder,
        };
    }
}
