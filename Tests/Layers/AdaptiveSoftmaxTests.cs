using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class AdaptiveSoftmaxTests(TestBackend device) : BackendFixture(device)
{
    private const int Classes = 11;
    private const int Width = 8;
    private const int Ignored = CrossEntropyOptions.NoIndex;

    private static readonly int[] _cutoffs = [3, 7];
    private static readonly int[] _targets = [0, 2, 3, 6, 10, Ignored];

    [Test]
    public void Build_TwoCutoffs_NamesAndSizesAreThoseOfPyTorch()
    {
        using Sequential model = Built();

        Assert.That(
            model.Parameters.All.Select(parameter => $"{parameter.Name} {parameter.Shape}"),
            Is.EqualTo(new[]
            {
                "top.head.weight [5, 8]",
                "top.head.bias [5]",
                "top.tail.0.0.weight [4, 8]",
                "top.tail.0.1.weight [4, 4]",
                "top.tail.1.0.weight [2, 8]",
                "top.tail.1.1.weight [4, 2]",
            }));
    }

    [Test]
    public void LogProbabilities_AnyRow_SumToOne()
    {
        using Sequential model = Built();
        using Tape tape = Tape.ForInference(Backend);

        Tensor y = model.Forward(tape, Input(tape)).Logits;

        Assert.That(y.Shape, Is.EqualTo(new Shape([3, 2, Classes])));
        Assert.That(y.ToArray().Chunk(Classes).Select(row => row.Sum(Math.Exp)), Is.All.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void Loss_TargetsOfAllClusters_EqualsTheDenseCompositionInValueAndGradients()
    {
        (double Loss, double[][] Gradients) gathered = Compute((layer, x, targets) => layer.Loss(x, targets));
        (double Loss, double[][] Gradients) dense = Compute(DenseLoss);

        double bound = Backend.Real == ElementKind.Float64 ? 1e-12 : 1e-6;
        Assert.That(gathered.Loss, Is.EqualTo(dense.Loss).Within(bound));
        for (int k = 0; k < dense.Gradients.Length; k++)
            Assert.That(gathered.Gradients[k], Is.EqualTo(dense.Gradients[k]).Within(bound), $"gradient {k}");
    }

    [Test]
    public void Loss_LogProbabilities_AgreeWithTheLayersOutput()
    {
        using Sequential model = Built();
        var layer = (AdaptiveSoftmax)model.Layers[0];
        using Tape tape = Tape.ForInference(Backend);
        Tensor x = Input(tape);
        IndexTensor targets = tape.Indices([3, 2], _targets);

        double loss = layer.Loss(x, targets).ToScalar();

        Assert.That(layer.LogProbabilities(x).CrossEntropy(targets).ToScalar(), Is.EqualTo(loss).Within(1e-6));
    }

    [Test]
    public void Predict_EachRow_IsItsMostProbableClass()
    {
        using Sequential model = Built();
        var layer = (AdaptiveSoftmax)model.Layers[0];
        using Tape tape = Tape.ForInference(Backend);
        Tensor x = Input(tape);

        int[] top = layer.Predict(x).ToArray();

        Assert.That(top, Is.EqualTo(layer.LogProbabilities(x).ToArray().Chunk(Classes).Select(row => Array.IndexOf(row, row.Max()))));
    }

    [Test]
    public void Loss_TargetsThatCannotBe_AreRefused()
    {
        using Sequential model = Built();
        var layer = (AdaptiveSoftmax)model.Layers[0];
        using Tape tape = Tape.ForInference(Backend);
        Tensor x = Input(tape);

        Assert.That(
            () => layer.Loss(x, tape.Indices([3, 2], [0, 1, 2, 3, 4, Classes])),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("top: target 11, expected 0 to 10 or the ignored -100"));
        Assert.That(() => layer.Loss(x, tape.Indices([6], _targets)), Throws.TypeOf<ShapeException>());
        Assert.That(
            () => layer.Loss(x, tape.Indices([3, 2], [.. Enumerable.Repeat(Ignored, 6)])),
            Throws.ArgumentException.With.Message.Contains("no target counts"));
    }

    [Test]
    public void Constructor_CutoffsThatDoNotRise_AreRefused()
    {
        Assert.That(() => new AdaptiveSoftmax(9, []), Throws.ArgumentException);
        Assert.That(() => new AdaptiveSoftmax(9, [0]), Throws.ArgumentException);
        Assert.That(() => new AdaptiveSoftmax(9, [4, 4]), Throws.ArgumentException.With.Message.Contains("cutoff 1 is 4, expected 5 to 8"));
        Assert.That(() => new AdaptiveSoftmax(9, [9]), Throws.ArgumentException);
        Assert.That(() => new AdaptiveSoftmax(9, [4], divisor: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new Sequential(3, new AdaptiveSoftmax(9, [4])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("leave a projection 0 wide"));
    }

    private static Tensor Input(Tape tape, bool tracked = false)
    {
        var random = new RandomStream(seed: 5, stream: 0);
        return tape.Input([3, 2, Width], [.. Enumerable.Range(0, 6 * Width).Select(_ => 2 * random.NextNormal())], tracked);
    }

    // All rows through all clusters, in elementary operations: Σ log p over one-hot rows.
    private static Tensor DenseLoss(AdaptiveSoftmax layer, Tensor x, IndexTensor targets)
    {
        int[] classes = targets.ToArray();
        double[] picked = new double[classes.Length * Classes];
        for (int row = 0; row < classes.Length; row++)
        {
            if (classes[row] != Ignored)
                picked[row * Classes + classes[row]] = -1.0 / classes.Count(target => target != Ignored);
        }

        return (layer.LogProbabilities(x) * Tape.Of(x).Input(x.Shape.WithColumns(Classes), picked)).Sum();
    }

    private Sequential Built()
    {
        var model = new Sequential(Width, new AdaptiveSoftmax(Classes, _cutoffs, divisor: 2, headBias: true) { Name = "top" });
        model.Build(Backend, seed: 3);
        return model;
    }

    private (double Loss, double[][] Gradients) Compute(Func<AdaptiveSoftmax, Tensor, IndexTensor, Tensor> lossOf)
    {
        using Sequential model = Built();
        model.ClearGradients();
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = Input(tape, tracked: true);
        Tensor loss = lossOf((AdaptiveSoftmax)model.Layers[0], x, tape.Indices([3, 2], _targets));
        tape.Backward(loss);
        return (loss.ToScalar(), [tape.GradientToArray(x), .. model.Parameters.All.Select(parameter => parameter.GradientToArray())]);
    }
}
