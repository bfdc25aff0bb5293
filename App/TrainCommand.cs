using System.CommandLine;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary><c>minilstm train</c>: learns a text, or goes on learning it.</summary>
internal sealed class TrainCommand : ProgramCommand
{
    private const int MostSteps = 10_000_000;

    private readonly Option<string?> _data = new("--data")
    {
        HelpName = "PATH",
        Description =
            "The text, UTF-8: a file, a folder of text files, or - for standard input. Default: the built-in corpus.",
    };

    private readonly ModelOptions _model = new();

    private readonly Option<string?> _initFrom = new("--init-from")
    {
        HelpName = "RUN",
        Description = "Begin with the model of another run: its layers, weights and tokenizer; text and training are new.",
    };

    private readonly Option<int?> _window = Numbers.Integer(
        "--window",
        $"Characters that gradients reach back at most. Default: {TrainingDefaults.Window}.",
        1,
        ModelOptions.LargestSize);

    private readonly Option<int?> _batch = Numbers.Integer(
        "--batch", $"Places of the text that are read in parallel. Default: {TrainingDefaults.Batch}.", 1, ModelOptions.LargestSize);

    private readonly Option<long?> _steps = Numbers.Long(
        "--steps", $"Length of the run in steps. Default: {TrainingDefaults.Steps:N0}.", 1, MostSteps);

    private readonly Option<int?> _epochs = Numbers.Integer(
        "--epochs", "Length of the run in passes over the text.", 1, MostSteps);

    private readonly Option<double?> _minutes = Numbers.Real(
        "--minutes",
        "Length of the run in minutes: the speed of the first steps fixes how many there are.",
        0.01,
        100_000);

    private readonly Option<string?> _optimizer = Numbers.Choice(
        "--optimizer", "NAME", $"How weights follow their gradients (default {TrainingDefaults.Optimizer})", Optimizers.All);

    private readonly Option<double?> _learningRate = Numbers.Real(
        "--learning-rate",
        $"Learning rate. Default: {Optimizers.DefaultRates}.",
        1e-9,
        1000);

    private readonly Option<double?> _weightDecay = Numbers.Real(
        "--weight-decay", "Weight decay: of adamw apart from the gradients, else added to them. Default: 0.", 0, 10);

    private readonly Option<double?> _average = Numbers.Real(
        "--average", "Evaluate and keep an exponential moving average of the weights with this decay, such as 0.999.", 0, 0.999999);

    private readonly Option<string?> _schedule = Numbers.Choice(
        "--schedule", "NAME", $"How the learning rate changes (default {TrainingDefaults.Schedule})", Schedules.All);

    private readonly Option<double?> _clip = Numbers.Real(
        "--clip", $"Maximum norm of the gradient; 0: none. Default: {TrainingDefaults.Clip}.", 0, 1e9);

    private readonly Option<ulong?> _seed = Numbers.Seed(
        $"Seed of everything random. Default: {TrainingDefaults.Seed}.");

    private readonly Option<string?> _device = CommonOptions.Device();

    private readonly Option<string?> _precision = CommonOptions.Precision();

    private readonly Option<int?> _threads = CommonOptions.Threads();

    private readonly Option<string?> _resume = new("--resume")
    {
        HelpName = "RUN",
        Description =
            "Go on with the run in this folder, as if it had never been interrupted; all settings but --device and --threads are the run's (of a --precision that the device lacks, fp32 takes the place).",
    };

    private readonly Option<string?> _out = new("--out")
    {
        HelpName = "FOLDER",
        Description = "The run's folder; it must be new or empty. Default: runs/<time>.",
    };

    private readonly Option<bool> _verbose = CommonOptions.Verbose();

    private readonly Option<bool> _json = CommonOptions.Json();

    public TrainCommand()
        : base("train", "Learns a text. Ctrl-C saves; --resume goes on.")
    {
        Option[] all =
        [
            _data, .. _model.All, _initFrom, _window, _batch, _steps, _epochs, _minutes, _optimizer, _learningRate, _weightDecay, _average,
            _schedule, _clip, _seed, _device, _precision, _threads, _resume, _out, _verbose, _json,
        ];
        foreach (Option option in all)
            Add(option);
    }

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm train", "learns the built-in corpus, the documentation of .NET, in about three minutes"),
        ("minilstm train --data shakespeare.txt --minutes 10", "learns a text of your own for ten minutes"),
        ("cat *.txt | minilstm train --data - --hidden 128 --epochs 5", "learns what comes from another program"),
        ("minilstm train --cell gru --layer-norm --recurrent-dropout 0.2 --optimizer adamw", "another cell, regularised"),
        ("minilstm train --init-from runs/a --data letters.txt --learning-rate 0.0005", "goes on learning with another text"),
        ("minilstm train --resume runs/2026-11-24_09-30-00", "goes on with a run that was interrupted"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation) =>
        arguments.GetValue(_resume) is { } path
            ? Resume(path, arguments, cancellation)
            : Begin(ToPlan(arguments), arguments.GetValue(_json), arguments.GetValue(_verbose), cancellation);

    private static int Begin(TrainPlan plan, bool json, bool verbose, CancellationToken cancellation)
    {
        (string place, string precision) = Devices.Resolve(plan.Device, plan.Precision);
        plan = plan with { Device = place, Precision = precision };
        using Backend device = Devices.Open(plan.Device, plan.Threads, precision: plan.Precision);
        var normalizer = new TextNormalizer(RunText.Normalization);
        RunText text = RunText.Read(plan.Text, normalizer);
        RunFolder? initial = plan.InitFrom is { } from ? RunFolder.OfLanguageModel(from) : null;
        TokenizerFile tokenizer = initial is null
            ? new TokenizerFile(CharacterTokenizer.FromText(text.Split.Train), normalizer)
            : TokenizerFile.Read(initial.TokenizerPath);
        TokenizedText tokens = TokenizedText.Of(text.Split, tokenizer.Tokenizer);
        var windows = new Windows(tokens.Train, plan.Window, plan.Batch, plan.Seed);

        RunFolder run = RunFolder.Create(plan.Out);
        try
        {
            using IDisposable guard = run.Lock();
            using Sequential twin = Describe();
            long steps = CountSteps(plan, twin, device, windows, tokens.Validation, cancellation);
            TrainingSettings settings = plan.ToSettings(text.Sha256, steps);
            using Sequential model = initial is null ? Describe() : ModelFolder.Load(initial.Path, device, settings.Seed).Model;
            if (initial is null)
                model.Build(device, settings.Seed);
            run.Begin(settings, model, tokenizer, text.Copy);
            RunHeader.Print(run, settings, model, tokens, windows, device);
            return new TrainingSession(run, settings, plan.Device, model, tokenizer, tokens).Train(json, verbose, cancellation);
        }
        finally
        {
            run.DeleteIfEmpty();
        }

        Sequential Describe() => initial is null
            ? plan.Model.Describe(tokenizer.Tokenizer.Count)
            : ModelConfig.Read(initial.ConfigPath);
    }

    private int Resume(string path, ParseResult arguments, CancellationToken cancellation)
    {
        IEnumerable<string> conflicting = Given(arguments, Options.Except([_resume, _device, _threads, _verbose, _json]));
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

        string name = Devices.Resolve(arguments.GetValue(_device) ?? settings.Device);
        string precision = Devices.HasPrecision(name, settings.Precision) ? settings.Precision : Devices.FullPrecision;
        using Backend device = OpenAgain(name, arguments.GetValue(_device) is null, arguments.GetValue(_threads), precision);
        if (name != settings.Device || precision != settings.Precision)
        {
            string lack = precision == settings.Precision ? "" : $", and in {precision} instead of {settings.Precision}, for which it has no tensor cores";
            Console.Error.WriteLine($"note      the run began on {settings.Device}; on {name} it goes on, not to the same bits{lack}");
        }

        using Sequential model = ModelConfig.Read(run.ConfigPath);
        model.Build(device, settings.Seed);
        RunHeader.Print(run, settings, model, tokens, windows, device);
        bool json = arguments.GetValue(_json);
        return new TrainingSession(run, settings, name, model, tokenizer, tokens).Train(json, arguments.GetValue(_verbose), cancellation);
    }

    private static Backend OpenAgain(string name, bool isOfTheRun, int? threads, string precision)
    {
        try
        {
            return Devices.Open(name, threads, precision: precision);
        }
        catch (UsageException error) when (isOfTheRun)
        {
            throw new UsageException($"{error.Message}; the run began on {name}, with --device {Devices.Host} or {Devices.Auto} it goes on elsewhere");
        }
    }

    /// <summary>The names of those options that the command line has.</summary>
    private static IEnumerable<string> Given(ParseResult arguments, IEnumerable<Option> options) => options
        .Where(option => arguments.GetResult(option) is { Implicit: false })
        .Select(option => option.Name);

    private static long CountSteps(
        TrainPlan plan,
        Sequential twin,
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

        string? initFrom = arguments.GetValue(_initFrom);
        if (initFrom is not null && Given(arguments, _model.All).FirstOrDefault() is { } choice)
            throw new UsageException($"--init-from takes the layers of that run, {choice} cannot change them; leave one of the two out");

        TextOrigin text = TextOrigin.Of(arguments.GetValue(_data));
        string? folder = arguments.GetValue(_out);
        string optimizer = arguments.GetValue(_optimizer) ?? TrainingDefaults.Optimizer;
        if (optimizer == Optimizers.AveragedSgd && arguments.GetValue(_average) > 0)
            throw new UsageException("--optimizer asgd keeps an average of its own; leave --average out");
        if (text.Kind == TextKind.Folder && RunFolder.IsInside(folder, text.Path))
            throw new UsageException(
                $"the run's folder would lie inside {text}, and so be part of the text; " +
                "name one outside of it with --out");

        return new()
        {
            Text = text,
            Model = _model.Choose(arguments),
            InitFrom = initFrom,
            Window = arguments.GetValue(_window) ?? TrainingDefaults.Window,
            Batch = arguments.GetValue(_batch) ?? TrainingDefaults.Batch,
            Optimizer = optimizer,
            LearningRate = arguments.GetValue(_learningRate) ?? Optimizers.DefaultRate(optimizer),
            WeightDecay = arguments.GetValue(_weightDecay) ?? 0,
            Average = arguments.GetValue(_average) ?? 0,
            Schedule = arguments.GetValue(_schedule) ?? TrainingDefaults.Schedule,
            Clip = arguments.GetValue(_clip) ?? TrainingDefaults.Clip,
            Seed = arguments.GetValue(_seed) ?? TrainingDefaults.Seed,
            Device = arguments.GetValue(_device) ?? TrainingDefaults.Device,
            Precision = arguments.GetValue(_precision) ?? Devices.FullPrecision,
            Threads = arguments.GetValue(_threads),
            Steps = arguments.GetValue(_steps),
            Epochs = arguments.GetValue(_epochs),
            Minutes = arguments.GetValue(_minutes),
            Out = folder,
        };
    }
}
