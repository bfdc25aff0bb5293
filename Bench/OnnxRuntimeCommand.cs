using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Bench;

/// <summary>How long does a model take to read tokens beside ONNX Runtime, which has it from our exporter: whole windows, as in evaluation, and
/// single tokens of one text, as in generation?</summary>
/// <remarks>Both run in turns in one process, on as many threads, and carry their states. Sampling is no part of it.</remarks>
internal static class OnnxRuntimeCommand
{
    private const double Bound = 1e-4;
    private const int LeastTurns = 9;
    private const double BlockSeconds = 0.2;
    private const int WindowsOfText = 16;

    public static Command Create()
    {
        Option<WorkloadShape> shape = WorkloadShape.Option();
        var seconds = new Option<double>("--seconds")
        {
            Description = $"How long to measure windows, and then tokens; at least {LeastTurns} turns.",
            DefaultValueFactory = _ => 6,
        };
        var threads = new Option<int>("--threads") { Description = "How many for each; 0: one for each processor." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line." };
        var command = new Command(
            "onnxruntime", "Times inference beside ONNX Runtime: windows [T, B], then single tokens (T1, B1).") { shape, seconds, threads, json };
        command.SetAction(parsed =>
        {
            WorkloadShape window = parsed.GetValue(shape) ?? throw new InvalidOperationException("a shape has a default");
            string folder = Directory.CreateTempSubdirectory("minilstm-bench").FullName;
            try
            {
                using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = parsed.GetValue(threads) });
                using Sequential model = BareSteps.NewModel(window);
                model.Build(device, BareSteps.Seed);
                string file = Path.Combine(folder, "model.onnx");
                OnnxExport.Save(file, model);

                WorkloadShape token = window with { Batch = 1, Steps = 1 };
                foreach (WorkloadShape now in window == token ? [token] : (WorkloadShape[])[window, token])
                {
                    using var ours = new OurInference(model, now);
                    using var theirs = new OnnxRuntimeInference(file, now, device.Threads);
                    int[] text = BareSteps.RandomTokens(now, WindowsOfText * now.Tokens);
                    double difference = LargestDifference(ours, theirs, now, text);
                    if (!(difference <= Bound))
                    {
                        Console.Error.WriteLine($"onnxruntime: at {now} logits differ by {difference:G3}, expected at most {Bound}");
                        return 1;
                    }

                    Print(Measure(ours, theirs, now, text, parsed.GetValue(seconds), device.Threads, difference), parsed.GetValue(json));
                }

                return 0;
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }

    // Over the whole text, so that the states count too. NaN if any logit is.
    private static double LargestDifference(OurInference ours, OnnxRuntimeInference theirs, WorkloadShape shape, int[] text)
    {
        double largest = 0;
        for (int k = 0; k < WindowsOfText; k++)
        {
            ReadOnlySpan<int> tokens = Window(text, shape, k);
            foreach ((double here, double there) in ours.ReadLogits(tokens).Zip(theirs.ReadLogits(tokens)))
                largest = Math.Max(largest, Math.Abs(here - there));
        }

        return largest;
    }

    private static Figures Measure(
        IInference ours, IInference theirs, WorkloadShape shape, int[] text, double seconds, int threads, double difference)
    {
        var ofOurs = new List<double>();
        var ofTheirs = new List<double>();
        long start = Stopwatch.GetTimestamp();
        do
        {
            // Each of the two is the first as often as the other.
            bool first = ofOurs.Count % 2 == 0;
            if (first)
                ofOurs.Add(Block(ours, shape, text));
            ofTheirs.Add(Block(theirs, shape, text));
            if (!first)
                ofOurs.Add(Block(ours, shape, text));
        }
        while (ofOurs.Count < LeastTurns || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        double[] ratios = [.. ofOurs.Zip(ofTheirs, (here, there) => here / there)];
        double ourMedian = Statistics.Median(ofOurs);
        double theirMedian = Statistics.Median(ofTheirs);
        return new(
            shape.ToString(), threads, ratios.Length, ourMedian, theirMedian, ourMedian / theirMedian, ratios.Min(), ratios.Max(),
            difference);
    }

    // Milliseconds of one window. One more before the clock starts brings caches and threads back from the other's block.
    private static double Block(IInference inference, WorkloadShape shape, int[] text)
    {
        inference.Read(Window(text, shape, 0));
        int count = 0;
        TimeSpan elapsed;
        long start = Stopwatch.GetTimestamp();
        do
        {
            inference.Read(Window(text, shape, count % WindowsOfText));
            count++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed.TotalSeconds < BlockSeconds);

        return elapsed.TotalMilliseconds / count;
    }

    private static ReadOnlySpan<int> Window(int[] text, WorkloadShape shape, int index) =>
        text.AsSpan(index * (int)shape.Tokens, (int)shape.Tokens);

    private static void Print(Figures figures, bool json) => Console.WriteLine(json
        ? JsonSerializer.Serialize(figures, JsonSerializerOptions.Web)
        : $"{figures.Shape}: {figures.OurMilliseconds:F4} ms, ONNX Runtime {figures.TheirMilliseconds:F4} ms on {figures.Threads} threads (medians of " +
          $"{figures.Turns} turns), ratio {figures.Ratio:F3}, of the turns {figures.SmallestRatio:F3} to {figures.LargestRatio:F3}; " +
          $"logits differ by {figures.LargestDifference:G2}");

    private sealed record Figures(
        string Shape,
        int Threads,
        int Turns,
        double OurMilliseconds,
        double TheirMilliseconds,
        double Ratio,
        double SmallestRatio,
        double LargestRatio,
        double LargestDifference);
}
