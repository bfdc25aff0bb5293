using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>A classifier of short texts, small enough for every test: eleven samples, of which the last token decides
/// the class.</summary>
internal static class TinyProblem
{
    public const int Classes = 3;
    public const int Count = 11;
    public const int Steps = 4;

    public static int[,] Inputs { get; } = MakeInputs();

    public static int[] Labels { get; } = [.. Enumerable.Range(0, Count).Select(k => Inputs[k, Steps - 1] % Classes)];

    public static Sequential NewModel(Backend device, double dropout = 0.25)
    {
        var model = new Sequential(
            new Embedding(5, 4),
            new Lstm(6),
            new Dropout(dropout),
            new Dense(Classes),
            new Activation(ActivationFunction.Softmax));
        model.Build(device, seed: 7);
        return model;
    }

    public static Learner Compile(Sequential model, params Metric[] metrics) =>
        model.Compile(Loss.SparseCategoricalCrossEntropy, new Adam(0.02), metrics);

    public static double[] Weights(Network model) =>
        [.. model.Parameters.All.SelectMany(parameter => parameter.ToArray())];

    private static int[,] MakeInputs()
    {
        var random = new RandomStream(seed: 5, stream: 0);
        int[,] inputs = new int[Count, Steps];
        for (int k = 0; k < Count; k++)
        {
            for (int t = 0; t < Steps; t++)
                inputs[k, t] = (int)(random.NextUniform() * 5);
        }

        return inputs;
    }
}
