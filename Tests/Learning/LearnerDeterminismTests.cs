using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class LearnerDeterminismTests
{
    [Test]
    public void Fit_AnyNumberOfThreads_GivesTheSameBits()
    {
        double[] expected = Fit(threads: 1);
        Assert.That(Fit(threads: 2), Is.EqualTo(expected));
        Assert.That(Fit(threads: 5), Is.EqualTo(expected));
    }

    private static double[] Fit(int threads)
    {
        using Backend device = HostBackend.Create(new HostOptions(threads, BackendOptions.Default));
        using var model = new Sequential(
            3, new Lstm(40), new Dropout(0.2), new Dense(1), new Activation(ActivationFunction.Sigmoid));
        model.Build(device, seed: 1);
        using Learner learner = model.Compile(Loss.BinaryCrossEntropy, new Adam(), new Accuracy(), new Auc());
        var random = new RandomStream(seed: 2, stream: 0);
        float[] inputs = [.. Enumerable.Range(0, 40 * 9 * 3).Select(_ => (float)random.NextNormal())];
        int[] labels = [.. Enumerable.Range(0, 40).Select(k => inputs[k * 27] > 0 ? 1 : 0)];

        History history = learner.Fit(
            Samples.OfValues(inputs, [40, 9, 3]), labels, epochs: 2, batchSize: 16, validationSplit: 0.25);

        return [.. history.Names.SelectMany(name => history[name]), .. TinyProblem.Weights(model)];
    }
}
