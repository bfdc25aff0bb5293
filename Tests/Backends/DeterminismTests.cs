using System.Runtime.Intrinsics;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;
using Embedding = MiniLstm.Model.Embedding;

namespace MiniLstm.Tests;

/// <summary>Same seed, same bits: whatever the number of threads and the width of the vectors.</summary>
[Category("Widths")]
public sealed class DeterminismTests
{
    private const int Vocabulary = 19;
    private const int Steps = 5;
    private const int Batch = 13;

    // Wider vectors than the machine's are emulated, and multiply and add in one rounding even where the machine has two.
    private static readonly (string Name, bool IsNative, Func<HostBackend> Open)[] _hosts =
    [
        ("2 threads", true, () => HostBackend.Create(Threads(2))),
        ("3 threads", true, () => HostBackend.Create(Threads(3))),
        ("8 threads", true, () => HostBackend.Create(Threads(8))),
        ("16 lanes", Vector512.IsHardwareAccelerated, () => new HostBackend<Lanes16>(Threads(2))),
        ("8 x 2 lanes", Vector256.IsHardwareAccelerated, () => new HostBackend<Lanes8x2>(Threads(2))),
        ("4 x 4 lanes", true, () => new HostBackend<Lanes4x4>(Threads(2))),
    ];

    // Sizes around the width of vectors and tiles, with enough work to be split among threads.
    [TestCase(16, Batch)]
    [TestCase(33, Batch)]
    [TestCase(72, Batch)]
    [TestCase(128, 40)]
    public void Training_OfAnyThreadsAndLanes_LeavesTheSameWeights(int units, int batch)
    {
        double[] expected = Train(() => HostBackend.Create(Threads(1)), units, batch);
        foreach ((string name, _, Func<HostBackend> open) in _hosts.Where(host => host.IsNative))
            Assert.That(Train(open, units, batch), Is.EqualTo(expected), name);
    }

    private static HostOptions Threads(int count) => HostOptions.Default with { Threads = count };

    private static double[] Train(Func<HostBackend> open, int units, int batch)
    {
        using HostBackend device = open();
        using var model = new Sequential(
            new Embedding(Vocabulary, 24), new Lstm(units, layers: 2, dropout: 0.2, returnSequences: true), new Dense(Vocabulary));
        model.Build(device, seed: 7);
        int[] tokens = [.. Enumerable.Range(0, 500).Select(k => k * k % Vocabulary)];
        var windows = new Windows(tokens, Steps, batch, seed: 7);
        using var trainer = new LanguageModelTrainer(model, windows, new TrainingOptions { Steps = 4, Optimizer = new Adam(0.01) });
        trainer.Run();

        double[] weights = new double[model.Parameters.Values.Count];
        device.Download(model.Parameters.Values, weights);
        return weights;
    }
}
