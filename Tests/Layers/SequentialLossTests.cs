using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using Embedding = MiniLstm.Model.Embedding;

namespace MiniLstm.Tests;

public sealed class SequentialLossTests
{
    private const int Vocabulary = 9000;
    private const int Steps = 20;
    private const int Batch = 30;
    private const int IgnoredId = 3;

    [Test]
    public void Loss_OfALargeVocabulary_EqualsThatOfWholeLogitsWithItsGradients(
        [Values] Reduction reduction, [Values] bool ties)
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = 2 });
        using Sequential model = Build(device, ties);
        Assert.That(model.LossIsChunked(Steps * Batch), Is.True);

        (double[] whole, double[] wholeGradient) = Run(model, chunks: false, reduction);
        (double[] chunked, double[] gradient) = Run(model, chunks: true, reduction);

        Assert.That(chunked, Is.EqualTo(whole).Within(1e-5).Percent);
        Assert.That(RelativeError.Of(gradient, wholeGradient), Is.LessThan(1e-5));
    }

    [Test]
    public void Loss_OnATapeForInspection_HasAnOperationForWholeLogits()
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = 2 });
        using Sequential model = Build(device, ties: false);
        using Tape tape = Tape.ForInspection(device);

        model.Loss(tape, Inputs(tape), Targets(tape));

        Assert.That(tape.Describe(), Does.Contain(nameof(CrossEntropy)).And.Not.Contain(nameof(LinearCrossEntropy)));
    }

    private static Sequential Build(HostBackend device, bool ties)
    {
        const int Width = 8;
        var embedding = new Embedding(Vocabulary, Width);
        var model = new Sequential(
            embedding, new Lstm(Width, returnSequences: true), new Dense(Vocabulary, tiedTo: ties ? embedding : null));
        model.Build(device, seed: 5);
        return model;
    }

    private static (double[] Loss, double[] Gradient) Run(Sequential model, bool chunks, Reduction reduction)
    {
        using Tape tape = Tape.ForTraining(model.Device);
        CrossEntropyOptions options = new(IgnoredId, Smoothing: 0.1);
        Tensor loss = chunks
            ? model.Loss(tape, Inputs(tape), Targets(tape), reduction: reduction, options: options).Loss
            : model.Forward(tape, tape.Indices([Steps, Batch], Ids(0))).Logits.CrossEntropy(Targets(tape), reduction, options);
        double[] value = loss.ToArray();
        model.ClearGradients();
        tape.Backward(reduction == Reduction.None ? loss.Sum() : loss);
        double[] gradient = new double[model.Parameters.Gradients.Count];
        model.Device.Download(model.Parameters.Gradients, gradient);
        return (value, gradient);
    }

    private static Flow Inputs(Tape tape) => new(tape.Indices([Steps, Batch], Ids(0)));

    private static IndexTensor Targets(Tape tape) => tape.Indices([Steps, Batch], Ids(1));

    private static int[] Ids(int offset) =>
        [.. Enumerable.Range(offset, Steps * Batch).Select(k => k % 11 == 0 ? IgnoredId : k * k * 31 % Vocabulary)];
}
