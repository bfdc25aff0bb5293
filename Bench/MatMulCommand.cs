using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>How near do matrix products come to the machine's peak? Products and the peak are measured in one run, on one thread and on all; the
/// best of several times counts on both sides.</summary>
internal static class MatMulCommand
{
    private const int Batches = 5;

    public static Command Create()
    {
        Option<double> seconds = CommonOptions.Seconds("How long to measure each product on so many threads.", 0.5);
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("matmul", "Times matrix products, as a share of the peak of fused multiply-adds.") { seconds, json };
        command.SetAction(parsed =>
        {
            Report report = Measure(parsed.GetValue(seconds));
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            else
                Print(report);
            return 0;
        });
        return command;
    }

    private static Report Measure(double seconds)
    {
        int[] threads = [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        var peaks = threads.ToDictionary(count => count, PeakArithmetic.Gigaflops);
        var products = new List<Product>();
        foreach (int count in threads)
        {
            using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = count });
            foreach (ProductShape shape in ProductShape.All)
            {
                double gigaflops = Gigaflops(shape, device, seconds);

                // The clock changes while the run goes on: the highest peak counts.
                peaks[count] = Math.Max(peaks[count], PeakArithmetic.Gigaflops(count));
                products.Add(new(shape.ToString(), count, gigaflops, 0));
            }
        }

        return new(
            Machine.Describe(),
            [.. peaks.Select(peak => new Peak(peak.Key, peak.Value))],
            [.. products.Select(product => product with { ShareOfPeak = product.Gigaflops / peaks[product.Threads] })]);
    }

    private static double Gigaflops(ProductShape shape, Backend device, double seconds)
    {
        ProductShape.Operands operands = shape.Rent(device);
        operands.Multiply();
        int times = Math.Max(1, (int)(seconds / Batches / Seconds(operands, 1)));
        double best = double.PositiveInfinity;
        for (int k = 0; k < Batches; k++)
            best = Math.Min(best, Seconds(operands, times));
        operands.Return();
        return shape.FloatingPointOperations / best / 1e9;
    }

    // Of one product, on average.
    private static double Seconds(ProductShape.Operands operands, int times)
    {
        long start = Stopwatch.GetTimestamp();
        for (int k = 0; k < times; k++)
            operands.Multiply();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / times;
    }

    private static void Print(Report report)
    {
        Console.WriteLine($"{DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}, {report.Machine}");
        foreach (Peak peak in report.Peaks)
        {
            Console.WriteLine();
            Console.WriteLine($"peak on {peak.Threads} threads: {peak.Gigaflops:F0} GFLOP/s");
            foreach (Product product in report.Products.Where(product => product.Threads == peak.Threads))
                Console.WriteLine($"{product.Shape,-20} {product.Gigaflops,7:F0} GFLOP/s  {product.ShareOfPeak,5:P0}");
        }
    }

    private sealed record Report(string Machine, Peak[] Peaks, Product[] Products);

    private sealed record Peak(int Threads, double Gigaflops);

    private sealed record Product(string Shape, int Threads, double Gigaflops, double ShareOfPeak);
}
