using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;
using static MiniLstm.Engine.Operations.TensorOperations;

namespace MiniLstm.Tests;

/// <summary>The loop that users of PyTorch write, as Model's README shows it.</summary>
internal static class PyTorchProgram
{
    public static (List<double> Losses, List<double> Norms) Run(
        Backend device,
        string start,
        IReadOnlyList<int[]> windows,
        int vocabulary,
        int width,
        int hidden,
        int layers,
        int batch,
        double rate,
        double clip)
    {
        var losses = new List<double>();
        var norms = new List<double>();

        #region PyTorchProgram
        using var model = new Sequential(
            new Embedding(vocabulary, width),
            new Lstm(hidden, layers, returnSequences: true),
            new Dense(vocabulary) { Name = "head" });
        model.Build(device, seed: 1);
        model.LoadWeights(start);
        using BoundOptimizer adam = new Adam(rate).Over(model.Parameters);

        using RecurrentState state = model.NewState(batch);
        foreach (int[] ids in windows)
        {
            int time = ids.Length / batch - 1;
            using Tape tape = Tape.ForTraining(device);
            IndexTensor inputs = tape.Indices([time, batch], ids.AsSpan(..^batch));
            IndexTensor targets = tape.Indices([time, batch], ids.AsSpan(batch..));

            (Tensor logits, StateCursor next) = model.Forward(tape, inputs, state);
            Tensor loss = logits.CrossEntropy(targets);

            model.ClearGradients();
            tape.Backward(loss);
            Update update = adam.Step(maximumNorm: clip);
            state.KeepFrom(next, update.Status);

            losses.Add(loss.ToScalar());
            norms.Add(update.Norm);
        }
        #endregion

        return (losses, norms);
    }
}
