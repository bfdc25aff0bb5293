using System.CommandLine;
using System.Text.Json;

namespace MiniLstm.Bench;

/// <summary>How does the cost of a token grow with window, batch, units and vocabulary? One size at a time, from a middle shape; nothing may grow
/// faster than the arithmetic.</summary>
internal static class GrowthCommand
{
    private static readonly WorkloadShape _middle = new(256, 128, 256, 1, 32, 64);

    private static readonly (string Name, int[] Sizes, Func<int, WorkloadShape> Shape)[] _axes =
    [
        ("T, window", [16, 32, 64, 128, 256, 512], size => _middle with { Steps = size }),
        ("B, batch", [1, 4, 16, 32, 64, 128], size => _middle with { Batch = size }),
        ("H, units", [64, 128, 256, 512, 1024], size => _middle with { Hidden = size }),
        ("V, vocabulary", [64, 256, 1024, 4096, 16384], size => _middle with { Vocabulary = size }),
    ];

    public static Command Create()
    {
        Option<double> seconds = CommonOptions.Seconds("How long to measure each shape.", 1);
        var image = new Option<string?>("--image") { Description = "Draw the four curves into this PNG file." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("growth", "Times a token of training as window, batch, units and vocabulary grow.") { seconds, image, json };
        command.SetAction(parsed =>
        {
            GrowthCurve[] curves = [.. _axes.Select(axis => new GrowthCurve(
                axis.Name, [.. axis.Sizes.Select(size => Measure(size, axis.Shape(size), parsed.GetValue(seconds)))]))];
            if (parsed.GetValue(image) is { } path)
                GrowthChart.Write(curves, path);
            Print(curves, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static GrowthPoint Measure(int size, WorkloadShape shape, double seconds)
    {
        StepFigures figures = StepCommand.Measure(shape, seconds, threads: 0, withTable: true);
        return new(size, 1e6 / figures.TokensPerSecond, shape.FloatingPointOperations / shape.Tokens / 1e6);
    }

    private static void Print(GrowthCurve[] curves, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { machine = Machine.Describe(), middle = _middle.ToString(), curves }, JsonSerializerOptions.Web));
            return;
        }

        Console.WriteLine($"{Machine.Describe()}, from {_middle}");
        foreach (GrowthCurve curve in curves)
        {
            Console.WriteLine();
            Console.WriteLine($"{curve.Axis,-16}{"us a token",12}{"MFLOP a token",16}{"GFLOP/s",10}");
            foreach (GrowthPoint point in curve.Points)
            {
                double gigaflops = 1e3 * point.MegaflopsPerToken / point.MicrosecondsPerToken;
                Console.WriteLine($"{point.Size,-16}{point.MicrosecondsPerToken,12:F2}{point.MegaflopsPerToken,16:F2}{gigaflops,10:F0}");
            }
        }
    }
}

/// <summary>The cost of a token as one size grows.</summary>
/// <param name="Axis">The size.</param>
/// <param name="Points">What was measured, in order.</param>
internal sealed record GrowthCurve(string Axis, GrowthPoint[] Points);

/// <summary>The cost of a token at one size.</summary>
/// <param name="Size">The size.</param>
/// <param name="MicrosecondsPerToken">Time of a step over its tokens.</param>
/// <param name="MegaflopsPerToken">Arithmetic of the plain products over the tokens, 10⁶ operations.</param>
internal sealed record GrowthPoint(int Size, double MicrosecondsPerToken, double MegaflopsPerToken);
