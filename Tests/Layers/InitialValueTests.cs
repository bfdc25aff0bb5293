using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class InitialValueTests
{
    [Test]
    public void Build_SameSeed_GivesTheSameValues()
    {
        double[] first = Values("lstm.weight_hh_l0", seed: 1, new Lstm(8));
        double[] again = Values("lstm.weight_hh_l0", seed: 1, new Lstm(8));
        double[] other = Values("lstm.weight_hh_l0", seed: 2, new Lstm(8));

        Assert.That(again, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
    }

    [Test]
    public void Build_OneLayerMore_LeavesTheValuesOfTheOthers()
    {
        double[] alone = Values("head.weight", seed: 1, new Dense(3) { Name = "head" });
        double[] behind = Values("head.weight", seed: 1, new LayerNormalization(), new Dense(3) { Name = "head" });

        Assert.That(behind, Is.EqualTo(alone));
    }

    [Test]
    public void Build_ParametersOfOneShape_HaveNumbersOfTheirOwn() => Assert.That(
        Values("lstm.weight_hh_l0", seed: 1, new Lstm(8, layers: 2)),
        Is.Not.EqualTo(Values("lstm.weight_hh_l1", seed: 1, new Lstm(8, layers: 2))));

    [Test]
    public void Build_Lstm_IsUniformAsPyTorchAndRaisesTheForgetBias()
    {
        const int Units = 16;
        const double Bound = 0.25;

        CheckUniform(Values("lstm.weight_ih_l0", seed: 1, new Lstm(Units)), Bound);
        CheckUniform(Values("lstm.weight_hh_l0", seed: 1, new Lstm(Units)), Bound);
        CheckUniform(Values("lstm.bias_hh_l0", seed: 1, new Lstm(Units)), Bound);

        double[] plain = Values("lstm.bias_ih_l0", seed: 1, new Lstm(Units));
        double[] raised = Values("lstm.bias_ih_l0", seed: 1, new Lstm(Units, forgetBias: 1));
        CheckUniform(plain, Bound);
        double[] raise = [.. Enumerable.Range(0, 4 * Units).Select(row => row / Units == 1 ? 1.0 : 0)];
        Assert.That(raised.Zip(plain, (a, b) => a - b), Is.EqualTo(raise).Within(1e-12));
    }

    [Test]
    public void Build_Dense_IsUniformByItsInputWidth()
    {
        CheckUniform(Values("dense.weight", seed: 1, inputWidth: 25, new Dense(40)), 0.2);
        CheckUniform(Values("dense.bias", seed: 1, inputWidth: 25, new Dense(40)), 0.2);
    }

    [Test]
    public void Build_Embedding_IsNormalAndNarrowerIfTied()
    {
        var embedding = new Embedding(200, 16);
        var tiedDense = new Dense(200, tiedTo: embedding);
        double[] plain = Values("embedding.weight", seed: 1, inputWidth: 0, new Embedding(200, 16));
        double[] tied = Values("embedding.weight", seed: 1, inputWidth: 0, embedding, tiedDense);

        Assert.That(Deviation(plain), Is.EqualTo(1).Within(0.03));
        Assert.That(Deviation(tied), Is.EqualTo(0.5).Within(0.02));
    }

    [Test]
    public void Build_LayerNormalization_IsTheIdentityOfItsGainAndShift()
    {
        Assert.That(Values("layer_normalization.weight", seed: 1, new LayerNormalization()), Is.All.EqualTo(1));
        Assert.That(Values("layer_normalization.bias", seed: 1, new LayerNormalization()), Is.All.EqualTo(0));
    }

    private static void CheckUniform(double[] values, double bound)
    {
        Assert.That(values, Is.All.InRange(-bound, bound));
        Assert.That(values.Max(), Is.GreaterThan(0.8 * bound));
        Assert.That(values.Min(), Is.LessThan(-0.8 * bound));
        Assert.That(values.Average(), Is.EqualTo(0).Within(0.25 * bound));
    }

    private static double Deviation(double[] values) => Math.Sqrt(values.Average(value => value * value));

    private static double[] Values(string parameter, ulong seed, params Layer[] layers) =>
        Values(parameter, seed, inputWidth: 9, layers);

    private static double[] Values(string parameter, ulong seed, int inputWidth, params Layer[] layers)
    {
        using var backend = new ReferenceBackend();
        using var model = new Sequential(inputWidth, layers);
        model.Build(backend, seed);
        return model.Parameters[parameter].ToArray();
    }
}
