using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Bench;

/// <summary>What does each option of a recurrent layer cost? Forward and backward of one layer on values, without a token table, every variant once a
/// round; the figure is the median over the rounds of its time over the plain layer's in the same round.</summary>
internal static class LayerCommand
{
    private const ulong Seed = 1;
    private const int WarmUpRounds = 3;

    public static Command Create()
    {
        Option<int> inputs = CommonOptions.Number("--inputs", "Width of the input.", 256);
        Option<int> hidden = CommonOptions.Number("--hidden", "Units.", 256);
        Option<int> batch = CommonOptions.Number("--batch", "Sequences.", 64);
        Option<int> steps = CommonOptions.Number("--steps", "Time steps.", 64);
        Option<int> rounds = CommonOptions.Number("--rounds", "How often each variant runs.", 15);
        Option<int> threads = CommonOptions.Threads();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("layer", "Times one recurrent layer with each of its options, forward and backward.")
        {
            inputs, hidden, batch, steps, rounds, threads, json,
        };
        command.SetAction(parsed =>
        {
            var sizes = new Sizes(parsed.GetValue(inputs), parsed.GetValue(hidden), parsed.GetValue(batch), parsed.GetValue(steps));
            Print(sizes, Measure(sizes, parsed.GetValue(rounds), parsed.GetValue(threads)), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static List<Figure> Measure(Sizes sizes, int rounds, int threads)
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = threads });
        double[] x = Random(sizes.Steps * (long)sizes.Batch * sizes.Inputs, stream: 1);
        List<Variant> variants = [.. Variants(sizes)];
        try
        {
            foreach (Variant variant in variants)
                variant.Model.Build(device, Seed);
            for (int round = -WarmUpRounds; round < rounds; round++)
            {
                foreach (Variant variant in variants)
                {
                    double milliseconds = Run(device, variant, sizes, x);
                    if (round >= 0)
                        variant.Times.Add(milliseconds);
                }
            }

            List<double> plain = variants[0].Times;
            return [.. variants.Select(variant => new Figure(
                variant.Name,
                Statistics.Median(variant.Times),
                Statistics.Median(variant.Times.Zip(plain, (time, reference) => time / reference))))];
        }
        finally
        {
            foreach (Variant variant in variants)
                variant.Model.Dispose();
        }
    }

    private static double Run(Backend device, Variant variant, Sizes sizes, double[] x)
    {
        using Tape tape = Tape.ForTraining(device);
        Tensor input = tape.Input([sizes.Steps, sizes.Batch, sizes.Inputs], x, tracked: true);
        long start = Stopwatch.GetTimestamp();
        (Tensor output, _) = variant.Model.Forward(tape, new Flow(input, variant.Mask));
        tape.Backward((output, output.View));
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static IEnumerable<Variant> Variants(Sizes sizes)
    {
        int units = sizes.Hidden;
        SequenceMask lengths = UniformLengths(sizes);
        yield return Of("plain LSTM", new Lstm(units, returnSequences: true));
        yield return Of("lengths uniform in 1 to T", new Lstm(units, returnSequences: true), lengths);
        yield return Of("backwards", new Lstm(units, returnSequences: true) { Direction = Direction.Backward });
        yield return Of("layer normalisation of sums", new Lstm(units, returnSequences: true) { NormalizesSums = true });
        yield return Of(
            "layer normalisation of sums and cell", new Lstm(units, returnSequences: true) { NormalizesSums = true, NormalizesCell = true });
        yield return Of("peepholes", new Lstm(units, returnSequences: true) { Peepholes = true });
        yield return Of("projection to half the units", new Lstm(units, returnSequences: true) { Projection = Math.Max(1, units / 2) });
        yield return Of("projection to all the units", new Lstm(units, returnSequences: true) { Projection = units });
        yield return Of("recurrent dropout", new Lstm(units, returnSequences: true) { RecurrentDropout = 0.25 });
        yield return Of("zoneout of both states", new Lstm(units, returnSequences: true) { HiddenZoneout = 0.1, CellZoneout = 0.1 });
        yield return Of("coupled gates", new Lstm(units, returnSequences: true) { CoupledGates = true });
        yield return Of("other activations", new Lstm(units, returnSequences: true) { GateActivation = CellActivation.HardSigmoid });
        yield return Of("GRU", new Gru(units, returnSequences: true));
        yield return Of("GRU, reset before", new Gru(units, returnSequences: true) { ResetAfter = false });
        yield return Of("simple RNN", new SimpleRnn(units, returnSequences: true));

        Variant Of(string name, RecurrentLayer layer, SequenceMask? mask = null) =>
            new(name, new Sequential(sizes.Inputs, layer), mask, []);
    }

    private static SequenceMask UniformLengths(Sizes sizes)
    {
        var random = new RandomStream(Seed, stream: 2);
        int[] lengths = new int[sizes.Batch];
        for (int row = 0; row < lengths.Length; row++)
            lengths[row] = 1 + (int)(random.NextUniform() * sizes.Steps);
        return SequenceMask.FromLengths(lengths, sizes.Steps);
    }

    private static double[] Random(long count, ulong stream)
    {
        var random = new RandomStream(Seed, stream);
        double[] values = new double[count];
        foreach (ref double value in values.AsSpan())
            value = 2 * random.NextUniform() - 1;
        return values;
    }

    private static void Print(Sizes sizes, List<Figure> figures, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { sizes, figures }, JsonSerializerOptions.Web));
            return;
        }

        Console.WriteLine($"{sizes.Inputs} inputs, {sizes.Hidden} units, batch {sizes.Batch}, {sizes.Steps} steps; forward and backward");
        foreach (Figure figure in figures)
            Console.WriteLine($"{figure.Name,-40} {figure.Milliseconds,8:F2} ms  {figure.OverPlain,5:F2}");
    }

    private sealed record Sizes(int Inputs, int Hidden, int Batch, int Steps);

    private sealed record Variant(string Name, Sequential Model, SequenceMask? Mask, List<double> Times);

    private sealed record Figure(string Name, double Milliseconds, double OverPlain);
}
