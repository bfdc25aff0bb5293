using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>The program of every Keras text tutorial, Embedding, LSTM, Dense(softmax), held against runs of a Keras
/// implementation in float32: losses, accuracies, weights and predictions.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class KerasParityTests(TestBackend device) : BackendFixture(device)
{
    private const double Bound = 1e-4;

    [Test]
    public void Fit_Adam_GivesKerasFigures()
    {
        // Keras's epsilon is 1e-7.
        Check("fit-adam", new Adam(0.02, epsilon: 1e-7));
    }

    [Test]
    public void Fit_Sgd_GivesKerasFigures()
    {
        Check("fit-sgd", new Sgd(0.5));
    }

    [Test]
    public void Fit_RmsProp_GivesKerasFigures()
    {
        Check("fit-rmsprop", new RmsProp(0.01, smoothing: 0.9, epsilon: 1e-7, epsilonInsideRoot: true));
    }

    [Test]
    public void Fit_MaskedSequences_GivesKerasFigures()
    {
        Check("fit-adam-masked", new Adam(0.02, epsilon: 1e-7));
    }

    private void Check(string name, Optimizer optimizer)
    {
        ParityCase run = ParityCase.LoadKeras(name);
        using Sequential model = Load(run);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, optimizer, Metric.Accuracy);
        Samples inputs = Samples.OfIds(run.Integers("input.x"), new(run.Shape("input.x")));

        History history = learner.Fit(
            inputs,
            run.Integers("input.y"),
            epochs: run.Case.GetProperty("epochs").GetInt32(),
            batchSize: run.Case.GetProperty("batch_size").GetInt32(),
            shuffle: false);

        using (Assert.EnterMultipleScope())
        {
            CheckClose(history["loss"], run.Values("output.loss"), "loss");
            CheckClose(history["accuracy"], run.Values("output.accuracy"), "accuracy");
            CheckClose(Numbers(learner.Predict(inputs)), run.Values("output.predict"), "predictions");
            CheckWeights(model, run);
        }
    }

    private Sequential Load(ParityCase run)
    {
        int vocabulary = run.Case.GetProperty("vocabulary").GetInt32();
        int? padding = run.Case.GetProperty("mask_zero").GetBoolean() ? 0 : null;
        var model = new Sequential(
            new Embedding(vocabulary, run.Case.GetProperty("embedding").GetInt32()) { PaddingId = padding },
            new Lstm(run.Case.GetProperty("units").GetInt32()) { SeparateBiases = false },
            new Dense(vocabulary),
            new Activation(ActivationFunction.Softmax));
        model.Build(Backend, seed: 1);
        KerasWeights.Set(model, run);
        return model;
    }

    private static void CheckWeights(Sequential model, ParityCase run)
    {
        CheckClose(ValuesOf("embedding.weight"), run.Values("after.embedding.embeddings"), "embeddings");
        CheckClose(ValuesOf("lstm.weight_ih_l0"), KerasWeights.Transposed(run, "after.lstm.kernel"), "kernel");
        CheckClose(ValuesOf("lstm.weight_hh_l0"), KerasWeights.Transposed(run, "after.lstm.recurrent_kernel"), "recurrent kernel");
        CheckClose(ValuesOf("lstm.bias_ih_l0"), run.Values("after.lstm.bias"), "bias");
        CheckClose(ValuesOf("dense.weight"), KerasWeights.Transposed(run, "after.dense.kernel"), "dense kernel");
        CheckClose(ValuesOf("dense.bias"), run.Values("after.dense.bias"), "dense bias");

        double[] ValuesOf(string name) => model.Parameters[name].ToArray();
    }

    private static double[] Numbers(Samples samples) =>
        Array.ConvertAll(samples.Values.ToArray(), value => (double)value);

    private static void CheckClose(IReadOnlyList<double> actual, double[] expected, string what) =>
        Assert.That(actual, Is.EqualTo(expected).Within(Bound * expected.Max(Math.Abs)), what);
}
