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

    // Sizes around the width of vectors and tiles, with enough work to be split among threads.
    [TestCase(16, Batch)]
    [TestCase(33, Batch)]
    [TestCase(72, Batch)]

    // Products that are packed, and shared within panels.
    [TestCase(128, 40)]
    public void Training_OfAnyThreadsAndLanes_LeavesTheSameWeights(int units, int batch)
    {
        double[] expected = Train(HostBackend.Create(HostOptions.Default with { Threads = 1 }), units, batch);
        foreach ((string name, HostBackend host) in NativeHosts.Open(HostOptions.Default))
            Assert.That(Train(host, units, batch), Is.EqualTo(expected), name);
    }

    private static double[] Train(HostBackend opened, int units, int batch)
    {
        using HostBackend device = opened;
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
