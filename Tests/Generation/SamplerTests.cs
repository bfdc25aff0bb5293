using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Temperature, top-k and top-p on distributions made by hand.</summary>
public sealed class SamplerTests
{
    private const double Close = 1e-12;

    // The logarithms of 1/2, 1/8, 1/4, 1/8.
    private static readonly double[] _logits = [-Math.Log(2), -Math.Log(8), -Math.Log(4), -Math.Log(8)];

    [Test]
    public void Probabilities_ByDefault_AreTheSoftmax()
    {
        Assert.That(Probabilities(new SamplingOptions()), Is.EqualTo(new[] { 0.5, 0.125, 0.25, 0.125 }).Within(Close));
    }

    [Test]
    public void Probabilities_LogitsOfAnySize_AreTheSoftmax()
    {
        double[] large = [.. _logits.Select(logit => logit + 1e6)];
        Assert.That(
            Probabilities(new SamplingOptions(), large),
            Is.EqualTo(new[] { 0.5, 0.125, 0.25, 0.125 }).Within(1e-9));
    }

    [Test]
    public void Temperature_OfAHalf_SquaresTheProbabilities()
    {
        // 1/4, 1/64, 1/16, 1/64 over their sum, 22/64.
        Assert.That(
            Probabilities(new SamplingOptions(Temperature: 0.5)),
            Is.EqualTo(new[] { 16 / 22.0, 1 / 22.0, 4 / 22.0, 1 / 22.0 }).Within(Close));
    }

    [Test]
    public void Temperature_OfZero_TakesTheLikeliest()
    {
        Assert.That(Probabilities(new SamplingOptions(Temperature: 0)), Is.EqualTo(new[] { 1.0, 0, 0, 0 }));
    }

    [Test]
    public void Temperature_OfZeroWithEquals_TakesTheLowestId()
    {
        Assert.That(Probabilities(new SamplingOptions(Temperature: 0), [0, 1, 1]), Is.EqualTo(new[] { 0.0, 1, 0 }));
    }

    // Around the size of vectors, and around the number that is found without sorting; with many equals.
    [Test]
    public void Probabilities_OfAnyVocabulary_AreThoseOfSortingAll(
        [Values(1, 7, 8, 9, 65, 1000)] int vocabulary, [Values(null, 1, 5, 128, 129, 500)] int? topK, [Values(1, 0.9, 0.3)] double topP)
    {
        double[] logits = [.. Enumerable.Range(0, vocabulary).Select(id => (id * 7919 % 101) / 16.0)];
        double[] weights = [.. logits.Select(Math.Exp)];
        int[] order = [.. Enumerable.Range(0, vocabulary).OrderByDescending(id => weights[id]).Take(topK ?? vocabulary)];
        double total = order.Sum(id => weights[id]);
        double share = 0;
        int[] kept = [.. order.TakeWhile(id =>
        {
            bool isWanted = share < topP - 1e-12;
            share += weights[id] / total;
            return isWanted;
        })];
        double sum = kept.Sum(id => weights[id]);
        double[] expected = new double[vocabulary];
        foreach (int id in kept)
            expected[id] = weights[id] / sum;
        Assert.That(Probabilities(new SamplingOptions(1, topK, topP), logits), Is.EqualTo(expected).Within(Close));
    }

    [Test]
    public void TopK_KeepsTheLikeliest_AndOfEqualsTheLowerId()
    {
        Assert.That(
            Probabilities(new SamplingOptions(TopK: 2)),
            Is.EqualTo(new[] { 2 / 3.0, 0, 1 / 3.0, 0 }).Within(Close));
        Assert.That(
            Probabilities(new SamplingOptions(TopK: 3)),
            Is.EqualTo(new[] { 4 / 7.0, 1 / 7.0, 2 / 7.0, 0 }).Within(Close));
    }

    [Test]
    public void TopK_BeyondTheVocabulary_KeepsAll()
    {
        Assert.That(
            Probabilities(new SamplingOptions(TopK: 100)),
            Is.EqualTo(new[] { 0.5, 0.125, 0.25, 0.125 }).Within(Close));
    }

    [TestCase(0.3, new[] { 1.0, 0, 0, 0 })]
    [TestCase(0.6, new[] { 2 / 3.0, 0, 1 / 3.0, 0 })]
    [TestCase(0.8, new[] { 4 / 7.0, 1 / 7.0, 2 / 7.0, 0 })]
    [TestCase(0.9, new[] { 0.5, 0.125, 0.25, 0.125 })]
    public void TopP_KeepsTheFewest_ThatHaveTheShare(double share, double[] expected)
    {
        Assert.That(Probabilities(new SamplingOptions(TopP: share)), Is.EqualTo(expected).Within(Close));
    }

    [Test]
    public void TopP_AfterTopK_IsAShareOfWhatIsLeft()
    {
        // Of the two likeliest the first has 2/3, so that 0.6 is reached with it alone; of all four it has 1/2.
        Assert.That(Probabilities(new SamplingOptions(TopK: 2, TopP: 0.6)), Is.EqualTo(new[] { 1.0, 0, 0, 0 }));
    }

    [Test]
    public void NegativeInfinity_IsNeverChosen()
    {
        double[] logits = [double.NegativeInfinity, 0, double.NegativeInfinity];
        var sampler = new Sampler(new SamplingOptions(), new RandomStream(1, 1));
        Assert.That(Enumerable.Range(0, 100).Select(_ => sampler.Next(logits)), Is.All.EqualTo(1));
    }

    [Test]
    public void Next_Often_ComesAsOftenAsItIsLikely()
    {
        const int Draws = 20_000;
        var sampler = new Sampler(new SamplingOptions(), new RandomStream(seed: 1, stream: 1));
        double[] shares = new double[4];
        for (int n = 0; n < Draws; n++)
            shares[sampler.Next(_logits)] += 1.0 / Draws;

        // Four standard deviations of the likeliest: 4 sqrt(0.25 / 20,000).
        Assert.That(shares, Is.EqualTo(new[] { 0.5, 0.125, 0.25, 0.125 }).Within(0.0142));
    }

    [Test]
    public void Next_SameSeed_ChoosesTheSame()
    {
        Assert.That(Draw(seed: 7), Is.EqualTo(Draw(seed: 7)));
        Assert.That(Draw(seed: 7), Is.Not.EqualTo(Draw(seed: 8)));

        static int[] Draw(ulong seed)
        {
            var sampler = new Sampler(new SamplingOptions(Temperature: 2), new RandomStream(seed, 1));
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Next(_logits))];
        }
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void Next_LogitThatIsNoNumber_IsNamed(double wrong)
    {
        var sampler = new Sampler(new SamplingOptions(), new RandomStream(1, 1));
        Assert.That(
            () => sampler.Next([0, wrong, 0]),
            Throws.ArgumentException.With.Message.Contains("the logit of id 1"));
    }

    [Test]
    public void Next_NothingPossible_IsAnError()
    {
        var sampler = new Sampler(new SamplingOptions(), new RandomStream(1, 1));
        Assert.That(
            () => sampler.Next([double.NegativeInfinity]),
            Throws.ArgumentException.With.Message.Contains("at least one finite"));
    }

    [TestCase(-0.1, null, 1.0, "Temperature")]
    [TestCase(double.NaN, null, 1.0, "Temperature")]
    [TestCase(1.0, 0, 1.0, "TopK")]
    [TestCase(1.0, null, 0.0, "TopP")]
    [TestCase(1.0, null, 1.1, "TopP")]
    public void Options_OutOfRange_AreNamed(double temperature, int? topK, double topP, string name)
    {
        var options = new SamplingOptions(temperature, topK, topP);
        Assert.That(
            () => new Sampler(options, new RandomStream(1, 1)),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains(name));
    }

    private static double[] Probabilities(SamplingOptions options, double[]? logits = null) =>
        new Sampler(options, new RandomStream(1, 1)).Probabilities(logits ?? _logits).ToArray();
}
