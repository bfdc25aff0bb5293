using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;
using Dense = MiniLstm.Model.Dense;
using Embedding = MiniLstm.Model.Embedding;

namespace MiniLstm.Tests;

/// <summary>An embedding's padding where its steps count after all: the table's row learns nothing, everything else does.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class PaddingTests(TestBackend device) : BackendFixture(device)
{
    private const int Width = 3;

    // Few tokens of many, and many of few: the table is gathered, or would be mapped.
    [TestCase(40)]
    [TestCase(4)]
    public void Forward_PaddingBeforeADenseLayer_GivesWeightAndBiasTheirGradients(int vocabulary)
    {
        (double[] weight, double[] bias, double[] row) = Gradients(new Embedding(vocabulary, Width) { PaddingId = 0 });
        (double[] expectedWeight, double[] expectedBias, _) = Gradients(new Embedding(vocabulary, Width));

        Assert.That(weight, Is.EqualTo(expectedWeight).Within(1e-5));
        Assert.That(bias, Is.EqualTo(expectedBias).Within(1e-5));
        Assert.That(row, Is.All.Zero);
    }

    private (double[] Weight, double[] Bias, double[] PaddingRow) Gradients(Embedding embedding)
    {
        using var model = new Sequential(embedding, new Dense(2));
        model.Build(Backend, seed: 1);
        embedding.Table.Set([.. Enumerable.Range(0, embedding.Vocabulary * Width).Select(k => 0.1 * k)]);
        using Tape tape = Tape.ForTraining(Backend);
        IndexTensor tokens = tape.Indices([3, 2], [1, 0, 2, 3, 0, 1]);

        (Tensor logits, _) = model.Forward(tape, tokens);
        tape.Backward((logits, tape.Filled(logits.Shape, 1).View));

        double[] table = model.Parameters["embedding.weight"].GradientToArray();
        return (model.Parameters["dense.weight"].GradientToArray(), model.Parameters["dense.bias"].GradientToArray(), table[..Width]);
    }
}
