using System.CommandLine;
using System.Text.Json;
using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>How long does a whole training step take: embedding, LSTM, dense layer, cross-entropy, clipping, Adam?</summary>
internal static class StepCommand
{
    public const string NoTokenTable = "--no-token-table";

    public static Command Create()
    {
        Option<WorkloadShape> shape = WorkloadShape.Option();
        Option<double> seconds = CommonOptions.Seconds("How long to measure.", 5);
        Option<int> threads = CommonOptions.Threads();
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
        using var steps = new BareSteps(shape, device, withTable);
        return StepTimes.Measure(shape, seconds, steps.Step);
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
