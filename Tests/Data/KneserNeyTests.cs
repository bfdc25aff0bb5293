using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class KneserNeyTests
{
    private const double Rounding = 1e-12;

    // a a a b a b a b c a b a, where a is 1, b 2, c 3 and 0 is unknown.
    private static readonly int[] _text = [1, 1, 1, 2, 1, 2, 1, 2, 3, 1, 2, 1];

    // By hand. The bigrams are ab 4, ba 3, aa 2, bc 1, ca 1, so n1 = 2, n2 = n3 = n4 = 1, Y = 2 / 4, D(1) = 1 - 2 Y / 2
    // = 0.5, D(2) = 2 - 3 Y = 0.5, D(3) = 3 - 4 Y = 1. Before a stand a, b and c, before b and c one token each: n1 =
    // 2, n3 = 1, Y = 1, D(1) = 1, D(3) = 3, so the unigrams leave everything to the uniform 1/4. After a, 1.5 of 6 is
    // discounted, after b 1.5 of 4.
    [TestCase(1, 2, (3 / 6.0) + (1.5 / 6 / 4))]
    [TestCase(1, 1, (1.5 / 6.0) + (1.5 / 6 / 4))]
    [TestCase(1, 3, 1.5 / 6 / 4)]
    [TestCase(1, 0, 1.5 / 6 / 4)]
    [TestCase(2, 1, (2 / 4.0) + (1.5 / 4 / 4))]
    [TestCase(2, 3, (0.5 / 4.0) + (1.5 / 4 / 4))]
    [TestCase(0, 1, 1 / 4.0)]
    public void Probability_Bigrams_IsThatComputedByHand(int before, int token, double expected)
    {
        KneserNey model = KneserNey.Train(_text, vocabulary: 4, order: 2);
        Assert.That(model.Probability([before], token), Is.EqualTo(expected).Within(Rounding));
    }

    [Test]
    public void NatsPerToken_Text_HasTheEndOfTheTrainingTextBeforeIt()
    {
        KneserNey model = KneserNey.Train(_text, vocabulary: 4, order: 2);
        double expected = -(Math.Log(0.5625) + Math.Log(0.59375)) / 2;
        Assert.That(model.NatsPerToken([2, 1]), Is.EqualTo(expected).Within(Rounding));
    }

    [Test]
    public void Probability_AnyHistory_SumsToOneOverTheVocabulary([Range(1, 8)] int order)
    {
        const int Vocabulary = 7;
        int[] text = MakeText(500, Vocabulary, unknown: false);
        KneserNey model = KneserNey.Train(text, Vocabulary, order);

        int[] other = MakeText(60, Vocabulary, unknown: true);
        for (int start = 0; start + 9 < other.Length; start++)
        {
            ReadOnlySpan<int> history = other.AsSpan(start, start % 9);
            double sum = 0;
            for (int token = 0; token < Vocabulary; token++)
            {
                double probability = model.Probability(history, token);
                Assert.That(probability, Is.Positive);
                sum += probability;
            }

            Assert.That(sum, Is.EqualTo(1).Within(Rounding));
        }
    }

    [Test]
    public void NatsPerToken_AnyText_IsThatOfTheFormulaWrittenOutNaively([Range(1, 8)] int order)
    {
        const int Vocabulary = 7;
        int[] train = MakeText(2_000, Vocabulary, unknown: false);
        int[] other = MakeText(300, Vocabulary, unknown: true);

        double nats = 0;
        var naive = new NaiveKneserNey(train, Vocabulary, order);
        int[] whole = [.. train, .. other];
        for (int i = train.Length; i < whole.Length; i++)
            nats -= Math.Log(naive.Probability(whole.AsSpan(0, i), whole[i]));

        KneserNey model = KneserNey.Train(train, Vocabulary, order);
        Assert.That(model.NatsPerToken(other), Is.EqualTo(nats / other.Length).Within(Rounding));
    }

    [Test]
    public void Train_TextShorterThanTheOrder_FallsBackToWhatThereIs()
    {
        KneserNey model = KneserNey.Train([1, 2], vocabulary: 3, order: 6);
        double sum = model.Probability([1], 0) + model.Probability([1], 1) + model.Probability([1], 2);
        Assert.That(sum, Is.EqualTo(1).Within(Rounding));
    }

    [Test]
    public void Train_LargeVocabulary_KeepsGramsApart()
    {
        // 70,000 tokens take more than 16 bits each; each is followed by the next one, some more often than others.
        int[] lengths = [70_000, 35_000, 10_000, 5_000];
        int[] text = [.. lengths.SelectMany(length => Enumerable.Range(0, length))];
        KneserNey model = KneserNey.Train(text, vocabulary: 70_000, order: 4);
        Assert.That(model.Probability([65_534, 65_535, 65_536], 65_537), Is.GreaterThan(0.1));
        Assert.That(model.Probability([65_534, 65_535, 65_536], 1), Is.LessThan(0.001));
    }

    [Test]
    public void Train_NoTokens_IsRefused() =>
        Assert.That(
            () => KneserNey.Train([], 4, 2), Throws.ArgumentException.With.Message.Contains("expected at least one"));

    [TestCase(4)]
    [TestCase(-1)]
    public void Train_IdOutside_NamesIt(int id) =>
        Assert.That(
            () => KneserNey.Train([1, id], 4, 2),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains($"id {id}, expected 0 to 3"));

    [Test]
    public void Train_OrderZero_IsRefused() =>
        Assert.That(() => KneserNey.Train([1], 4, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());

    // Tokens 1 to vocabulary - 1, small ones much more often and each depending on the one before; 0, the unknown one,
    // on demand.
    private static int[] MakeText(int length, int vocabulary, bool unknown)
    {
        var random = new Random(length);
        int[] text = new int[length];
        int token = 1;
        for (int i = 0; i < length; i++)
        {
            double skewed = random.NextDouble() * random.NextDouble();
            token = 1 + (((token * 2) + (int)(skewed * (vocabulary - 1))) % (vocabulary - 1));
            text[i] = unknown && random.Next(10) == 0 ? 0 : token;
        }

        return text;
    }
}
