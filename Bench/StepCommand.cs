using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using MiniLstm.Training;
using Embedding = MiniLstm.Model.Embedding;

namespace MiniLstm.Bench;

/// <summary>How long does a whole training step take: embedding, LSTM, dense layer, cross-entropy, clipping, Adam?</summary>
internal static class StepCommand
{
    public const string NoTokenTable = "--no-token-table";
    private const int WarmUpSteps = 5;
    private const ulong Seed = 1;

    public static Command Create()
    {
        var shape = new Option<WorkloadShape>("--shape")
        {
            Description = "Vocabulary, embedding, hidden units, layers, batch, window.",
            DefaultValueFactory = _ => new(65, 128, 256, 2, 64, 64),
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (WorkloadShape.Parse(text) is { } parsed)
                    return parsed;
                result.AddError($"--shape {text}, expected a shape like V65,E128,H256,L2,B64,T64");
                return null;
            },
        };
        var seconds = new Option<double>("--seconds") { Description = "How long to measure.", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>("--threads") { Description = "How many; 0: one for each processor." };
        var noTable = new Option<bool>(NoTokenTable) { Description = "Project each token of the batch, not each distinct one." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("step", "Times whole training steps on random tokens.") { shape, seconds, threads, noTable, json };
        command.SetAction(parsed =>
        {
            WorkloadShape workload = parsed.GetValue(shape) ?? throw new InvalidOperationException("a shape has a default");
            Print(Measure(workload, parsed.GetValue(seconds), parsed.GetValue(threads), !parsed.GetValue(noTable)), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    public static StepFigures Measure(WorkloadShape shape, double seconds, int threads, bool withTable)
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = threads });
        using var model = new Sequential([
            new Embedding(shape.Vocabulary, shape.Embedding),
            .. withTable ? [] : (Layer[])[new GatheredRows()],
            new Lstm(shape.Hidden, shape.Layers, returnSequences: true),
            new Dense(shape.Vocabulary),
        ]);
        model.Build(device, Seed);
        using BoundOptimizer adam = new Adam(1e-3).Over(model.Parameters);
        using RecurrentState state = model.NewState(shape.Batch);

        var random = new RandomStream(Seed, stream: 0);
        int[] tokens = new int[shape.Tokens + shape.Batch];
        for (int k = 0; k < tokens.Length; k++)
            tokens[k] = (int)(random.NextUniform() * shape.Vocabulary);

        for (int k = 0; k < WarmUpSteps; k++)
            Step(shape, model, adam, state, tokens);
        var times = new List<double>();
        long start = Stopwatch.GetTimestamp();
        do
        {
            long before = Stopwatch.GetTimestamp();
            Step(shape, model, adam, state, tokens);
            times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        times.Sort();
        double median = times[times.Count / 2];
        return new(
            shape.ToString(), median, times[0], shape.Tokens / median * 1e3, shape.FloatingPointOperations / median / 1e6,
            Process.GetCurrentProcess().PeakWorkingSet64);
    }

    private static void Step(WorkloadShape shape, Sequential model, BoundOptimizer adam, RecurrentState state, int[] tokens)
    {
        using Tape tape = Tape.ForTraining(model.Device);
        Shape axes = [shape.Steps, shape.Batch];
        int count = (int)shape.Tokens;
        (Tensor logits, StateCursor next) = model.Forward(tape, tape.Indices(axes, tokens.AsSpan(0, count)), state);
        Tensor loss = logits.CrossEntropy(tape.Indices(axes, tokens.AsSpan(shape.Batch, count)));
        model.ClearGradients();
        tape.Backward(loss);
        Update update = adam.Step(maximumNorm: 5);
        state.KeepFrom(next, update.Status);
    }

    private static void Print(StepFigures figures, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(figures, JsonSerializerOptions.Web));
            return;
        }

        Console.WriteLine(
            $"{figures.Shape}: median {figures.MedianMilliseconds:F2} ms, minimum {figures.MinimumMilliseconds:F2} ms, " +
            $"{figures.TokensPerSecond:F0} tokens/s, {figures.Gigaflops:F0} GFLOP/s, peak {figures.PeakBytes / (1 << 20)} MiB");
    }
}
