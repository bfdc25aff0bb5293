using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MiniLstm.Bench;

/// <summary>How long does a training step take beside the same step of another engine? Each shape is measured in pairs of processes that run in
/// turns, so that whatever else the machine does meets both.</summary>
internal static class CompareCommand
{
    private static readonly string[] _shapes = [.. WorkloadShape.Compared.Select(shape => shape.ToString())];

    public static Command Create()
    {
        var peer = new Option<string>("--peer")
        {
            Description = "The other program: it takes a shape and seconds, and prints what step --json prints.",
            Required = true,
            Hidden = true,
        };
        var shapes = new Argument<string[]>("shapes")
        {
            Description = $"Such as {_shapes[0]}.",
            DefaultValueFactory = _ => _shapes,
        };
        shapes.Validators.Add(result =>
        {
            foreach (string text in result.Tokens.Select(token => token.Value).Where(text => WorkloadShape.Parse(text) is null))
                result.AddError($"{text}: expected a shape like {_shapes[1]}");
        });
        Option<int> pairs = CommonOptions.Number("--pairs", "Pairs of processes for each shape.", 9);
        Option<double> seconds = CommonOptions.Seconds("How long each process measures.", 3);
        var noTable = new Option<bool>(StepCommand.NoTokenTable) { Description = "Ours without the token table." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object, with every pair, instead of the table." };
        var command = new Command("compare", "Times training steps beside another program's; compare-libtorch calls it.")
        {
            peer, shapes, pairs, seconds, noTable, json,
        };
        command.SetAction(parsed =>
        {
            string duration = parsed.GetValue(seconds).ToString(CultureInfo.InvariantCulture);
            string[] table = parsed.GetValue(noTable) ? [StepCommand.NoTokenTable] : [];
            var comparisons = new List<Comparison>();
            try
            {
                foreach (string shape in parsed.GetRequiredValue(shapes))
                {
                    Comparison comparison = Measure(shape, parsed.GetValue(pairs), Ours, text => Run(parsed.GetRequiredValue(peer), [text, duration]));
                    comparisons.Add(comparison);
                    Console.Error.WriteLine(comparison);
                }
            }
            catch (Exception error) when (error is InvalidDataException or Win32Exception)
            {
                Console.Error.WriteLine($"compare: {error.Message}");
                return 1;
            }

            IEnumerable<string> given = parsed.GetResult(shapes)?.Tokens.Select(token => token.Value) ?? [];
            string[] words = ["Bench/compare-libtorch", .. given, "--pairs", $"{parsed.GetValue(pairs)}", "--seconds", duration, .. table];
            Print(comparisons, string.Join(' ', words), parsed.GetValue(json));
            return 0;

            StepFigures Ours(string shape) =>
                Run("dotnet", [typeof(CompareCommand).Assembly.Location, "step", "--shape", shape, "--seconds", duration, "--json", .. table]);
        });
        return command;
    }

    private static Comparison Measure(string shape, int pairs, Func<string, StepFigures> ours, Func<string, StepFigures> peer)
    {
        var measured = new List<Pair>();
        for (int k = 0; k < pairs; k++)
        {
            // Each of the two is the first as often as the other.
            StepFigures? first = k % 2 == 0 ? ours(shape) : null;
            StepFigures theirs = peer(shape);
            measured.Add(new(first ?? ours(shape), theirs));
        }

        return new(shape, measured);
    }

    private static StepFigures Run(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} did not start");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string line = output.TrimEnd().Split('\n')[^1];
        return process.ExitCode == 0 && Parse(line) is { } figures
            ? figures
            : throw new InvalidDataException(
                $"{program} {string.Join(' ', arguments)}: ended with {process.ExitCode} and '{line}', expected 0 and what step --json prints");
    }

    private static StepFigures? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<StepFigures>(line, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Print(List<Comparison> comparisons, string command, bool json)
    {
        string date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string machine = Machine.Describe();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { date, machine, command, comparisons }, JsonSerializerOptions.Web));
            return;
        }

        Console.WriteLine($"{date}, {machine}, `{command}`:");
        Console.WriteLine();
        Console.WriteLine("| shape | MiniLstm ms | libtorch ms | ratio of medians | of the pairs | peak MiB, share of libtorch's |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (Comparison c in comparisons)
        {
            string memory = $"{c.OurPeakBytes >> 20}, {(double)c.OurPeakBytes / c.PeerPeakBytes:F2}";
            Console.WriteLine(
                $"| {c.Shape} | {c.OurMilliseconds:F2} | {c.PeerMilliseconds:F2} | {c.Ratio:F2} | {c.SmallestRatio:F2} to {c.LargestRatio:F2} | {memory} |");
        }
    }

    private sealed record Pair(StepFigures Ours, StepFigures Peer)
    {
        public double Ratio => Ours.MedianMilliseconds / Peer.MedianMilliseconds;
    }

    private sealed record Comparison(string Shape, IReadOnlyList<Pair> Pairs)
    {
        public double OurMilliseconds => Median(pair => pair.Ours.MedianMilliseconds);

        public double PeerMilliseconds => Median(pair => pair.Peer.MedianMilliseconds);

        public double Ratio => OurMilliseconds / PeerMilliseconds;

        public double SmallestRatio => Pairs.Min(pair => pair.Ratio);

        public double LargestRatio => Pairs.Max(pair => pair.Ratio);

        public long OurPeakBytes => Pairs.Max(pair => pair.Ours.PeakBytes);

        public long PeerPeakBytes => Pairs.Max(pair => pair.Peer.PeakBytes);

        public override string ToString() =>
            $"{Shape}: {OurMilliseconds:F2} ms, peer {PeerMilliseconds:F2} ms, ratio {Ratio:F2} ({SmallestRatio:F2} to {LargestRatio:F2}), " +
            $"peak {OurPeakBytes >> 20} and {PeerPeakBytes >> 20} MiB";

        private double Median(Func<Pair, double> figure) => Statistics.Median(Pairs.Select(figure));
    }
}
