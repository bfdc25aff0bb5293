using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;
using Embedding = MiniLstm.Model.Embedding;

namespace MiniLstm.Bench;

/// <summary>How many tokens a second does a model generate, with sampling and everything included, in each format of its weights; and how near
/// is that to the speed at which the same number of bytes can be read at all?</summary>
internal static class GenerateCommand
{
    private const ulong Seed = 1;
    private const int TokensOfRun = 64;
    private const int FirstScalar = 0x4E00;

    public static Command Create()
    {
        Option<WorkloadShape> shape = WorkloadShape.Option(new(65, 64, 512, 1, 1, 1));
        Option<double> seconds = CommonOptions.Seconds("How long to measure each format.", 3);
        Option<int> threads = CommonOptions.Threads();
        var format = new Option<WeightFormat?>("--format") { Description = "One format alone; without it all, one after the other." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line." };
        var command = new Command(
            "generate", "Times generation, B texts at once, in each format of the weights (T has no meaning here).")
        {
            shape, seconds, threads, format, json,
        };
        command.SetAction(parsed =>
        {
            WorkloadShape workload = parsed.GetValue(shape) ?? throw new InvalidOperationException("a shape has a default");
            WeightFormat[] formats = parsed.GetValue(format) is { } one ? [one] : Enum.GetValues<WeightFormat>();
            foreach (WeightFormat now in formats)
                Print(Measure(workload, now, parsed.GetValue(seconds), parsed.GetValue(threads)), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static Figures Measure(WorkloadShape shape, WeightFormat format, double seconds, int threads)
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = threads, Weights = format });
        using var model = new Sequential(
            new Embedding(shape.Vocabulary, shape.Embedding),
            new Lstm(shape.Hidden, shape.Layers, returnSequences: true),
            new Dense(shape.Vocabulary));
        model.Build(device, Seed);

        // The unknown token is one of the vocabulary.
        var scalars = Enumerable.Range(FirstScalar, shape.Vocabulary - 1).Select(value => new Rune(value));
        var tokenizer = new TokenizerFile(new(scalars), new(new TextNormalizerOptions()));
        var generator = new TextGenerator(model, tokenizer);
        var prompts = new string[shape.Batch];
        Array.Fill(prompts, ((char)FirstScalar).ToString());
        var options = new GenerationOptions(TokensOfRun, new SamplingOptions(), Seed);

        Run(generator, prompts, options);
        double best = double.MaxValue;
        long start = Stopwatch.GetTimestamp();
        do
        {
            long before = Stopwatch.GetTimestamp();
            Run(generator, prompts, options);
            best = Math.Min(best, Stopwatch.GetElapsedTime(before).TotalSeconds);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        double steps = TokensOfRun / best;
        long bytes = WeightBytes(shape, format);
        (double read, double copy) = MemorySpeed.Of(bytes, device.Threads);
        return new(
            shape.ToString(), format.ToString(), device.Threads, steps * shape.Batch, bytes, bytes * steps / 1e9, read, copy, bytes * steps / 1e9 / read);
    }

    private static void Run(TextGenerator generator, string[] prompts, GenerationOptions options)
    {
        if (prompts.Length > 1)
        {
            generator.GenerateBatch(prompts, options);
            return;
        }

        foreach (string piece in generator.Generate(prompts[0], options))
            _ = piece;
    }

    // What one step must read: all weights but the embedding and the first input product, of which the token table has one row.
    private static long WeightBytes(WorkloadShape shape, WeightFormat format)
    {
        long hidden = shape.Hidden;
        long weights = (2L * shape.Layers - 1) * 4 * hidden * hidden + hidden * shape.Vocabulary;
        return weights * format switch
        {
            WeightFormat.Float32 => 4,
            WeightFormat.BFloat16 => 2,
            _ => 1,
        };
    }

    private static void Print(Figures figures, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(figures, JsonSerializerOptions.Web));
            return;
        }

        Console.WriteLine(
            $"{figures.Shape} {figures.Format,-8}: {figures.TokensPerSecond:N0} tokens/s on {figures.Threads} threads; {figures.WeightBytes:N0} bytes of " +
            $"weights a step, {figures.GigabytesPerSecond:F1} GB/s; reading them alone {figures.ReadGigabytesPerSecond:F1}, " +
            $"copying {figures.CopyGigabytesPerSecond:F1} GB/s; {figures.ShareOfRead:P0} of reading");
    }

    private sealed record Figures(
        string Shape,
        string Format,
        int Threads,
        double TokensPerSecond,
        long WeightBytes,
        double GigabytesPerSecond,
        double ReadGigabytesPerSecond,
        double CopyGigabytesPerSecond,
        double ShareOfRead);
}
