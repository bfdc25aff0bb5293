using System.CommandLine;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary><c>minilstm evaluate</c>: measures how well a model predicts a text, and how well counting does.</summary>
internal sealed class EvaluateCommand : ProgramCommand
{
    private const string TrainPart = "train";
    private const string ValidationPart = "validation";
    private const string TestPart = "test";
    private const int DefaultBaseline = 6;

    // So long that the empty state at its start does not matter much.
    private const int CharactersOfStream = 2000;

    private readonly Option<string?> _run = CommonOptions.Run();

    private readonly Option<string?> _data = new("--data")
    {
        HelpName = "PATH",
        Description = "A text to evaluate on, a file or - for standard input. Default: a part of the run's own text.",
    };

    private readonly Option<string?> _part = Numbers.Choice(
        "--part",
        "NAME",
        $"Which part of the run's text (default {ValidationPart})",
        TrainPart,
        ValidationPart,
        TestPart);

    private readonly Option<int?> _streams = Numbers.Integer(
        "--streams",
        "Cut the text into so many streams that are read in parallel: faster, and a little too high, " +
        "since each starts with an empty state; 1 is exact. Default: as many as training has, " +
        $"but of at least {CharactersOfStream:N0} characters.",
        1,
        4096);

    private readonly Option<int?> _baseline = Numbers.Integer(
        "--baseline",
        "Count the run's training text too, and print the figure of a Kneser-Ney n-gram of order N, 2 to 8; " +
        $"without N, of order {DefaultBaseline}.",
        2,
        8);

    private readonly Option<string?> _weights = CommonOptions.Weights();

    private readonly Option<string?> _device = CommonOptions.Device();

    private readonly Option<string?> _precision = CommonOptions.Precision();

    private readonly Option<int?> _threads = CommonOptions.Threads();

    private readonly Option<bool> _verbose = CommonOptions.Verbose();

    private readonly Option<bool> _json = CommonOptions.Json();

    public EvaluateCommand()
        : base("evaluate", "Measures how well a model predicts a text: nats, bits per character, perplexity, accuracy.")
    {
        _baseline.Arity = ArgumentArity.ZeroOrOne;
        Option[] all = [_run, _data, _part, _streams, _baseline, _weights, _device, _precision, _threads, _verbose, _json];
        foreach (Option option in all)
            Add(option);
    }

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm evaluate --baseline", "the newest run on its validation text, beside a 6-gram that only counts"),
        ("minilstm evaluate --run runs/a --data other.txt --streams 1", "a run on another text, exactly"),
        ("minilstm evaluate --part test --streams 32 --json", "on another part, for a script"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation)
    {
        string? data = arguments.GetValue(_data);
        string? part = arguments.GetValue(_part);
        if (data is not null && part is not null)
            throw new UsageException("--data names a text and --part a part of the run's own; give one of them");

        RunFolder run = RunFolder.OfLanguageModel(arguments.GetValue(_run));
        string weights = arguments.GetValue(_weights) ?? Devices.WeightFormats.Keys.First();
        using Backend device = Devices.Open(
            arguments.GetValue(_device) ?? Devices.Host,
            arguments.GetValue(_threads),
            weights: weights,
            precision: arguments.GetValue(_precision));
        (Sequential model, TokenizerFile tokenizer) = ModelFolder.Load(run.Path, device);
        using (model)
        {
            bool countsToo = arguments.GetResult(_baseline) is { Implicit: false };
            TextSplit? own = data is null || countsToo ? OwnText(run, tokenizer) : null;
            string text = data is null ? PartOf(own!, part ?? ValidationPart, run) : ReadOther(data, tokenizer);
            string name = data is null ? $"the {part ?? ValidationPart} part of the text of {run}" : data;
            int[] ids = tokenizer.Tokenizer.Encode(text, out IReadOnlyList<UnknownScalar> unknown);

            PrintText(run, name, ids.Length, unknown);
            int streams = arguments.GetValue(_streams) ?? UsualStreams(run, ids.Length);
            Console.WriteLine($"streams   {streams}, {Policy(streams)}");
            Console.WriteLine($"weights   {weights}");
            Console.WriteLine($"device    {PathDisplay.Describe(device)}");
            Evaluation result = Evaluation.Of(model, ids, streams, cancellation: cancellation);
            Console.WriteLine(
                $"model     {Figures.Loss(result.Nats)}, perplexity {result.Perplexity:F3}, " +
                $"accuracy {result.Accuracy:P1}");

            if (arguments.GetValue(_verbose))
                PathDisplay.PrintAll(device);
            var report = EvaluationReport.Of(run, name, device, weights, result);
            if (countsToo)
            {
                int order = arguments.GetValue(_baseline) ?? DefaultBaseline;
                double nats = Count(own!, tokenizer.Tokenizer, ids, order);
                Console.WriteLine(
                    $"{order}-gram    {Figures.Loss(nats)} (Kneser-Ney, counted on the run's training text)");
                report = report with { BaselineOrder = order, BaselineNats = nats };
            }

            if (arguments.GetValue(_json))
                Console.WriteLine(report.ToJson());
        }

        return ExitCode.Success;
    }

    private static TextSplit OwnText(RunFolder run, TokenizerFile tokenizer)
    {
        RunFolder training = RunFolder.OfTraining(run.Path);
        return RunText.ReadAgain(training, TrainingSettings.Read(training), tokenizer.Normalizer).Split;
    }

    private static string PartOf(TextSplit split, string part, RunFolder run)
    {
        string text = part switch
        {
            TrainPart => split.Train,
            TestPart => split.Test,
            _ => split.Validation,
        };
        return text.Length > 0
            ? text
            : throw new UsageException(
                $"--part {part}: the text of {run} has no such part; only the built-in corpus has a test part");
    }

    private static string ReadOther(string data, TokenizerFile tokenizer)
    {
        TextOrigin origin = TextOrigin.Of(data);
        if (origin.Kind == TextKind.Folder)
            throw new UsageException($"--data {data}: this is a folder, expected a file");
        if (origin.Kind == TextKind.File)
            return tokenizer.Normalizer.Normalize(TextSource.ReadFile(origin.Path));
        using Stream input = Console.OpenStandardInput();
        return tokenizer.Normalizer.Normalize(TextSource.ReadStream(input, origin.ToString()));
    }

    private static double Count(TextSplit own, CharacterTokenizer tokenizer, int[] ids, int order) =>
        KneserNey.Train(tokenizer.Encode(own.Train), tokenizer.Count, order).NatsPerToken(ids);

    private static void PrintText(RunFolder run, string name, int characters, IReadOnlyList<UnknownScalar> unknown)
    {
        Console.WriteLine($"run       {run}");
        Console.WriteLine($"text      {name}, {characters:N0} characters");
        if (unknown.Count > 0)
            Console.WriteLine($"unknown   {string.Join(", ", unknown)}: read as the unknown token, and counted");
    }

    private static int UsualStreams(RunFolder run, int characters)
    {
        int ofTraining = File.Exists(run.SettingsPath) ? TrainingSettings.Read(run).Batch : TrainingDefaults.Batch;
        return Math.Clamp(characters / CharactersOfStream, 1, ofTraining);
    }

    private static string Policy(int streams) => streams == 1
        ? "exact: the state starts from zeros and is carried from the first character to the last"
        : "a little too high: each stream starts with an empty state in the middle of the text";
}
