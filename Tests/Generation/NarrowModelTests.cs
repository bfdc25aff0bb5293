using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using Embedding = MiniLstm.Model.Embedding;
using Lstm = MiniLstm.Model.Lstm;

namespace MiniLstm.Tests;

/// <summary>Whole models with narrow weights, whatever path their options take.</summary>
[Category("Widths")]
public sealed class NarrowModelTests
{
    private const int Vocabulary = 21;
    private const int Units = 37;

    private static readonly (string Name, Func<Layer[]> Layers)[] _models =
    [
        ("LSTM, 2 layers", () => [new Lstm(Units, layers: 2, returnSequences: true)]),
        ("LSTM, projected", () => [new Lstm(Units, returnSequences: true) { Projection = 19 }]),
        ("LSTM, normalised sums", () => [new Lstm(Units, returnSequences: true) { NormalizesSums = true }]),
        ("LSTM, both directions", () => [new Lstm(Units, returnSequences: true) { Direction = Direction.Bidirectional }]),
        ("GRU, reset after", () => [new Gru(Units, returnSequences: true)]),
        ("GRU, reset before", () => [new Gru(Units, returnSequences: true) { ResetAfter = false }]),
        ("simple", () => [new SimpleRnn(Units, returnSequences: true)]),
    ];

    private static IEnumerable<string> ModelNames => _models.Select(model => model.Name);

    [TestCaseSource(nameof(ModelNames))]
    public void Logits_BFloat16_AreThoseOfFloat32WithRoundedWeightsToTheBit(string name)
    {
        double[] expected = Logits(name, Host(WeightFormat.Float32, 1), rounds: true, batch: 5);
        Assert.That(Logits(name, Host(WeightFormat.BFloat16, 1), rounds: false, batch: 5), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(ModelNames))]
    public void Logits_Int8_AreNearAndTheSameForAllThreadsAndWidths(string name)
    {
        double[] expected = Logits(name, Host(WeightFormat.Int8, 1), rounds: false, batch: 13);
        Assert.That(Logits(name, Host(WeightFormat.Int8, 3), rounds: false, batch: 13), Is.EqualTo(expected), "3 threads");
        var options = HostOptions.Default with { Threads = 2, Weights = WeightFormat.Int8 };
        Assert.That(Logits(name, new HostBackend<Lanes4x4>(options), rounds: false, batch: 13), Is.EqualTo(expected), "4 x 4 lanes");

        double[] exact = Logits(name, Host(WeightFormat.Float32, 1), rounds: false, batch: 13);
        double error = Math.Sqrt(exact.Zip(expected, (a, b) => (a - b) * (a - b)).Average());
        double size = Math.Sqrt(exact.Average(a => a * a));
        Assert.That(error / size, Is.LessThan(0.02).And.GreaterThan(0));
    }

    // Few sequences are shared by units among threads, many by sequences.
    [TestCase(1)]
    [TestCase(2)]
    public void Logits_OfFewSequences_AreTheSameForAllThreads(int batch)
    {
        foreach (WeightFormat format in new[] { WeightFormat.BFloat16, WeightFormat.Int8 })
        {
            double[] expected = Logits("LSTM, 2 layers", Host(format, 1), rounds: false, batch, units: 150);
            Assert.That(Logits("LSTM, 2 layers", Host(format, 3), rounds: false, batch, units: 150), Is.EqualTo(expected), $"{format}");
        }
    }

    [Test]
    public void Forward_ForInference_KeepsSumsOfTokensUntilAWeightChanges()
    {
        using HostBackend device = Host(WeightFormat.Float32, 1);
        using Sequential model = Build("LSTM, 2 layers", device, Units);
        int outstanding = device.Pool.Statistics.Outstanding;
        Assert.That(Run(Tape.ForInference(device)), Is.EqualTo(Run(Tape.ForInspection(device))));
        int afterOnePass = Kept();
        Assert.That(Run(Tape.ForInference(device)), Is.EqualTo(Run(Tape.ForInspection(device))));
        Assert.That(Kept(), Is.EqualTo(afterOnePass + 1), "a table is kept from the second pass on");
        foreach (Parameter parameter in model.Parameters.All)
        {
            double[] values = new double[parameter.View.Count];
            device.Download(parameter.View, values);
            values[^1] += 0.5;
            device.Upload(parameter.View, values);
            Assert.That(Run(Tape.ForInference(device)), Is.EqualTo(Run(Tape.ForInspection(device))), parameter.Name);
            Assert.That(Run(Tape.ForInference(device)), Is.EqualTo(Run(Tape.ForInspection(device))), parameter.Name);
        }

        int Kept() => device.Pool.Statistics.Outstanding - outstanding;

        double[] Run(Tape tape)
        {
            using (tape)
                return model.Forward(tape, tape.Indices([3, 1], [1, 20, 4])).Logits.ToArray();
        }
    }

    private static HostBackend Host(WeightFormat format, int threads) =>
        HostBackend.Create(new HostOptions(threads, BackendOptions.Default with { Poison = true }) { Weights = format });

    private static Sequential Build(string name, HostBackend device, int units)
    {
        Layer[] layers = units == Units
            ? _models.First(model => model.Name == name).Layers()
            : [new Lstm(units, layers: 2, returnSequences: true)];
        var model = new Sequential([new Embedding(Vocabulary, 11), .. layers, new Dense(Vocabulary)]);
        model.Build(device, seed: 3);
        return model;
    }

    private static double[] Logits(string name, HostBackend device, bool rounds, int batch, int units = Units)
    {
        const int Steps = 6;
        using HostBackend own = device;
        using Sequential model = Build(name, device, units);
        foreach (Parameter parameter in model.Parameters.All.Where(p => rounds && p.Name.Contains("weight") && p.Name != "embedding.weight"))
        {
            double[] values = new double[parameter.View.Count];
            device.Download(parameter.View, values);
            device.Upload(parameter.View, [.. values.Select(value => (double)RoundToBFloat16((float)value))]);
        }

        int[] tokens = [.. Enumerable.Range(0, Steps * batch).Select(k => k * k * 7 % Vocabulary)];
        using Tape tape = Tape.ForInference(device);
        return model.Forward(tape, tape.Indices([Steps, batch], tokens)).Logits.ToArray();
    }

    private static float RoundToBFloat16(float value)
    {
        double unit = Math.ScaleB(1, Math.ILogB(value) - 7);
        return (float)(Math.Round(value / unit, MidpointRounding.ToEven) * unit);
    }
}
