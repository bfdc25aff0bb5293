using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Bench;

/// <summary>What does the trainer cost over bare steps: data, reports, metrics, progress, callbacks?</summary>
/// <remarks>Both run in turns in one process, ten steps each, from one report of the trainer to the next; the figure is the median over the
/// turns of the trainer's time over that of the bare steps after it. Validation and checkpoints are work of their own and left out.</remarks>
internal static class TrainerCommand
{
    private const int WarmUpTurns = 3;
    private const int WindowsOfText = 50;

    public static Command Create()
    {
        Option<WorkloadShape> shape = WorkloadShape.Option();
        Option<double> seconds = CommonOptions.Seconds("How long to measure.", 20);
        Option<int> threads = CommonOptions.Threads();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("trainer", "Times the trainer of language models beside bare steps.") { shape, seconds, threads, json };
        command.SetAction(parsed =>
        {
            WorkloadShape workload = parsed.GetValue(shape) ?? throw new InvalidOperationException("a shape has a default");
            Print(Measure(workload, parsed.GetValue(seconds), parsed.GetValue(threads)), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static Figures Measure(WorkloadShape shape, double seconds, int threads)
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = threads });
        using var bare = new BareSteps(shape, device);
        using Sequential model = BareSteps.NewModel(shape);
        model.Build(device, BareSteps.Seed);

        string folder = Directory.CreateTempSubdirectory("minilstm-bench").FullName;
        try
        {
            using var metrics = new MetricsLog(Path.Combine(folder, "metrics.jsonl"));
            var turns = new Turns(bare, seconds);
            var options = new TrainingOptions
            {
                Steps = BoundOptimizer.MaximumSteps,
                Optimizer = new Adam(BareSteps.LearningRate),
                Schedule = new LinearWarmUp(100),
                MaximumNorm = BareSteps.MaximumNorm,
                Callbacks = [metrics, new Progress(), turns],
            };
            int[] text = BareSteps.RandomTokens(shape, WindowsOfText * shape.Tokens + 1);
            var windows = new Windows(text, shape.Steps, shape.Batch, BareSteps.Seed);
            using var trainer = new LanguageModelTrainer(model, windows, options);
            trainer.Run();
            return turns.ToFigures(shape, options.ReportEvery);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(Figures figures, bool json) => Console.WriteLine(json
        ? JsonSerializer.Serialize(figures, JsonSerializerOptions.Web)
        : $"{figures.Shape}: trainer {figures.TrainerMilliseconds:F2} ms a step, bare {figures.BareMilliseconds:F2} ms (minima), " +
          $"median of {figures.Turns} ratios {figures.MedianRatio:F3}, quartiles {figures.LowerQuartile:F3} to {figures.UpperQuartile:F3}");

    /// <summary>Takes turns: the time since the last report was the trainer's; now the bare steps run.</summary>
    private sealed class Turns(BareSteps bare, double seconds) : TrainingCallback
    {
        private readonly Stopwatch _whole = new();
        private readonly List<double> _ofTrainer = [];
        private readonly List<double> _ofBare = [];
        private int _turns;
        private long _start;

        public override void OnReport(LanguageModelTrainer trainer, StepReport report)
        {
            double ofTrainer = Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
            long start = Stopwatch.GetTimestamp();
            for (long k = 0; k < trainer.Options.ReportEvery; k++)
                bare.Step();
            double ofBare = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

            _turns++;
            if (_turns == WarmUpTurns)
                _whole.Start();
            if (_turns > WarmUpTurns)
            {
                _ofTrainer.Add(ofTrainer);
                _ofBare.Add(ofBare);
            }

            if (_whole.Elapsed.TotalSeconds >= seconds && _ofTrainer.Count > 0)
                trainer.Stop("measured long enough");
            _start = Stopwatch.GetTimestamp();
        }

        public Figures ToFigures(WorkloadShape shape, long stepsOfTurn)
        {
            List<double> ratios = [.. _ofTrainer.Zip(_ofBare, (trainer, bare) => trainer / bare).Order()];
            return new(
                shape.ToString(), _ofTrainer.Min() / stepsOfTurn, _ofBare.Min() / stepsOfTurn, ratios.Count, ratios[ratios.Count / 2],
                ratios[ratios.Count / 4], ratios[3 * ratios.Count / 4]);
        }
    }

    /// <summary>A line for each report, as the program shows them where there is no terminal.</summary>
    private sealed class Progress : TrainingCallback
    {
        public override void OnReport(LanguageModelTrainer trainer, StepReport report) => Console.Error.WriteLine(
            $"step {report.Step:N0}  loss {report.Loss:F3}  rate {report.LearningRate:G3}  gradient {report.GradientNorm:G3}  " +
            $"{report.TokensPerSecond:N0} tokens/s  peak {Environment.WorkingSet >> 20} MiB");
    }

    private sealed record Figures(
        string Shape, double TrainerMilliseconds, double BareMilliseconds, int Turns, double MedianRatio, double LowerQuartile,
        double UpperQuartile);
}
