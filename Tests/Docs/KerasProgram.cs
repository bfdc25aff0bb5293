using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>The program of every Keras text tutorial, as Model's README shows it.</summary>
internal static class KerasProgram
{
    public static (History History, Samples Predictions) Run(Backend device, Samples x, Samples y, string start)
    {
        #region KerasProgram
        using var model = new Sequential(
            new Embedding(13, 6),
            new Lstm(8) { SeparateBiases = false },
            new Dense(13),
            new Activation(ActivationFunction.Softmax));
        model.Build(device, seed: 1);
        model.LoadWeights(start);

        using Learner learner = model.Compile(
            Loss.SparseCategoricalCrossEntropy, new Adam(0.02, epsilon: 1e-7), Metric.Accuracy);
        History history = learner.Fit(x, y, epochs: 4, batchSize: 8, shuffle: false);
        Samples predictions = learner.Predict(x);
        #endregion

        return (history, predictions);
    }
}
