using System.CommandLine;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary><c>minilstm generate</c>: lets a model continue a text.</summary>
internal sealed class GenerateCommand : ProgramCommand
{
    private const int DefaultLength = 500;
    private const double DefaultTemperature = 0.8;
    private const ulong DefaultSeed = 1;

    // So many texts are made at once, then written.
    private const int TextsOfGroup = 256;

    private readonly Option<string?> _run = CommonOptions.Run();

    private readonly Option<string?> _prompt = new("--prompt")
    {
        HelpName = "TEXT",
        Description = "The text to continue. Without it the text starts as if after a line end.",
    };

    private readonly Option<string?> _prompts = new("--prompts")
    {
        HelpName = "FILE",
        Description = "Many texts to continue, one a line, all at once; text k has the seed of --seed plus k, from 0.",
    };

    private readonly Option<int?> _samples = Numbers.Integer(
        "--samples", "So many texts for each prompt, all at once, with one seed after the other. Default: 1.", 1, 100_000);

    private readonly Option<int?> _length = Numbers.Integer(
        "--length", $"Characters to generate at most. Default: {DefaultLength}.", 0);

    private readonly Option<double?> _temperature = Numbers.Real(
        "--temperature",
        "Below 1 the text is more usual, above 1 more unusual; 0: always the likeliest character. " +
        $"Default: {DefaultTemperature}.",
        0,
        1000);

    private readonly Option<int?> _topK = Numbers.Integer(
        "--top-k", "Choose among so many likeliest characters only. Default: all.", 1);

    private readonly Option<double?> _topP = Numbers.Real(
        "--top-p",
        "Choose among the likeliest characters that together have this probability. Default: 1, all.",
        1e-9,
        1);

    private readonly Option<ulong?> _seed = Numbers.Seed(
        $"Seed of chance; the same gives the same text. Default: {DefaultSeed}.");

    private readonly Option<string?> _stop = new("--stop")
    {
        HelpName = "TEXT",
        Description = "End before this text comes.",
    };

    private readonly Option<string?> _weights = CommonOptions.Weights();

    private readonly Option<string?> _device = CommonOptions.Device();

    private readonly Option<string?> _precision = CommonOptions.Precision();

    private readonly Option<int?> _threads = CommonOptions.Threads();

    private readonly Option<bool> _verbose = CommonOptions.Verbose();

    public GenerateCommand()
        : base(
            "generate",
            "Writes text, character by character, beginning with a prompt. The state starts from zeros before it.")
    {
        Option[] all =
            [_run, _prompt, _prompts, _samples, _length, _temperature, _topK, _topP, _seed, _stop, _weights, _device, _precision, _threads, _verbose];
        foreach (Option option in all)
            Add(option);
    }

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm generate --prompt \"Gets the \" --length 200", "continues a text with the newest run"),
        ("minilstm generate --run runs/a --temperature 0.5 --top-p 0.9 --seed 7",
            "keeps to what is likely; another seed gives another text"),
        ("minilstm generate --prompt \"Returns \" --temperature 0 --stop .",
            "the likeliest continuation, up to the first full stop"),
        ("minilstm generate --prompts beginnings.txt --samples 3 --weights int8", "three texts for each line of a file, quickly"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation)
    {
        string[] prompts = PromptsOf(arguments);
        bool isOne = arguments.GetValue(_prompts) is null && arguments.GetValue(_samples) is null;
        var sampling = new SamplingOptions(
            arguments.GetValue(_temperature) ?? DefaultTemperature,
            arguments.GetValue(_topK),
            arguments.GetValue(_topP) ?? 1);
        var options = new GenerationOptions(
            arguments.GetValue(_length) ?? DefaultLength,
            sampling,
            arguments.GetValue(_seed) ?? DefaultSeed,
            arguments.GetValue(_stop));

        RunFolder run = RunFolder.OfLanguageModel(arguments.GetValue(_run));
        using Backend device = Devices.Open(
            arguments.GetValue(_device) ?? Devices.Host,
            arguments.GetValue(_threads),
            weights: arguments.GetValue(_weights),
            precision: arguments.GetValue(_precision));
        (Sequential model, TokenizerFile tokenizer) = ModelFolder.Load(run.Path, device);
        using (model)
        {
            bool isVerbose = arguments.GetValue(_verbose);
            if (isVerbose)
                Console.Error.WriteLine($"run       {run}\ndevice    {PathDisplay.Describe(device)}");
            WarnOfUnknown(string.Concat(prompts.Distinct()), tokenizer);
            var generator = new TextGenerator(model, tokenizer);
            if (isOne)
                WriteOne(generator, prompts[0], options, cancellation);
            else
                WriteAll(generator, prompts, options, cancellation);
            if (isVerbose)
                PathDisplay.PrintAll(device);
        }

        return cancellation.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Success;
    }

    private string[] PromptsOf(ParseResult arguments)
    {
        string? prompt = arguments.GetValue(_prompt);
        string? file = arguments.GetValue(_prompts);
        if (prompt is not null && file is not null)
            throw new UsageException("--prompt is one text and --prompts a file of many; give one of them");
        if (file is not null && !File.Exists(file))
            throw new UsageException($"--prompts {file}: there is no such file");
        string[] lines = file is null ? [prompt ?? ""] : TextSource.ReadFile(file).Replace("\r\n", "\n").TrimEnd('\n').Split('\n');
        int samples = arguments.GetValue(_samples) ?? 1;
        return [.. lines.SelectMany(line => Enumerable.Repeat(line, samples))];
    }

    private static void WriteOne(TextGenerator generator, string prompt, GenerationOptions options, CancellationToken cancellation)
    {
        Console.Write(prompt);
        foreach (string piece in generator.Generate(prompt, options))
        {
            if (cancellation.IsCancellationRequested)
                break;
            Console.Write(piece);
        }

        Console.WriteLine();
    }

    private static void WriteAll(
        TextGenerator generator, string[] prompts, GenerationOptions options, CancellationToken cancellation)
    {
        int written = 0;
        foreach (string[] group in prompts.Chunk(TextsOfGroup))
        {
            GenerationOptions ofGroup = options with { Seed = options.Seed + (ulong)written };
            foreach ((string prompt, string text) in group.Zip(generator.GenerateBatch(group, ofGroup, cancellation)))
            {
                Console.WriteLine($"=== {written + 1}, seed {options.Seed + (ulong)written}\n{prompt}{text}\n");
                written++;
            }
        }
    }

    private static void WarnOfUnknown(string prompt, TokenizerFile tokenizer)
    {
        tokenizer.Tokenizer.Encode(tokenizer.Normalizer.Normalize(prompt), out IReadOnlyList<UnknownScalar> unknown);
        if (unknown.Count > 0)
            Console.Error.WriteLine(
                $"minilstm: the model does not know {string.Join(", ", unknown)}; " +
                "it reads the unknown token instead, and never writes it");
    }
}
