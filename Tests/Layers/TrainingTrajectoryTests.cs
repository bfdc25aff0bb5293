using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Twenty-five training steps of PyTorch, the state carried from each to the next: everything at
/// once.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class TrainingTrajectoryTests(TestBackend device) : BackendFixture(device)
{
    private const double Bound = 1e-4;

    [TestCase("training-lstm-1-layer")]
    [TestCase("training-lstm-2-layers")]
    public void Step_TrainingOfPyTorch_FollowsItsLossesNormsAccuraciesAndWeights(string name)
    {
        ParityCase expected = ParityCase.Load(name);
        int steps = Option("training_steps").GetInt32();
        int vocabulary = Option("vocabulary").GetInt32();
        double clip = Option("clip_norm").GetDouble();
        using var model = new Sequential(
            new Model.Embedding(vocabulary, Option("embedding").GetInt32()),
            new Lstm(Option("hidden").GetInt32(), Option("layers").GetInt32(), returnSequences: true),
            new Dense(vocabulary) { Name = "head" });
        model.Build(Backend, seed: 1);
        foreach (Parameter parameter in model.Parameters.All)
            parameter.Set(expected.Values($"param.{parameter.Name}"));
        using BoundOptimizer adam = new Adam(Option("lr").GetDouble()).Over(model.Parameters);
        using RecurrentState state = model.NewState(Option("batch").GetInt32());

        double[] losses = new double[steps];
        double[] norms = new double[steps];
        double[] accuracies = new double[steps];
        for (int step = 0; step < steps; step++)
            (losses[step], norms[step], accuracies[step]) = Train(expected.Integers($"input.step{step + 1:00}.ids"));

        Closeness.Check(Backend, losses, expected.Values("output.losses"), Bound, "losses");
        Closeness.Check(Backend, norms, expected.Values("output.gradient_norms"), Bound, "gradient norms");
        Assert.That(accuracies, Is.EqualTo(expected.Values("output.accuracies")).Within(1e-9), "accuracies");
        foreach (Parameter parameter in model.Parameters.All)
        {
            double[] after = expected.Values($"after.{steps}.{parameter.Name}");
            Closeness.Check(Backend, parameter.ToArray(), after, Bound, parameter.Name);
        }

        JsonElement Option(string option) => expected.Case.GetProperty(option);

        (double Loss, double Norm, double Accuracy) Train(int[] ids)
        {
            int batch = state.Batch;
            int time = ids.Length / batch - 1;
            int[] targets = ids[batch..];
            using Tape tape = Tape.ForTraining(Backend);
            IndexTensor inputs = tape.Indices([time, batch], ids.AsSpan(..^batch));
            (Tensor logits, StateCursor next) = model.Forward(tape, inputs, state);
            Tensor loss = logits.CrossEntropy(tape.Indices([time, batch], targets));
            double accuracy = Accuracy(logits.ToArray(), targets);
            model.ClearGradients();
            tape.Backward(loss);
            Update update = adam.Step(clip);
            state.KeepFrom(next, update.Status);
            return (loss.ToScalar(), update.Norm, accuracy);
        }
    }

    private static double Accuracy(double[] logits, int[] targets)
    {
        int classes = logits.Length / targets.Length;
        int correct = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            Span<double> scores = logits.AsSpan(row * classes, classes);
            if (scores.IndexOf(scores.ToArray().Max()) == targets[row])
                correct++;
        }

        return (double)correct / targets.Length;
    }
}
