using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class SamplesTests
{
    [Test]
    public void Arrays_Convert_WithTheirShapes()
    {
        Samples labels = new int[] { 4, 5 };
        Samples tokens = new int[,] { { 1, 2, 3 }, { 4, 5, 6 } };
        Samples sequences = new float[,,] { { { 1, 2 }, { 3, 4 } } };

        Assert.That(labels.Shape, Is.EqualTo(new Shape([2])));
        Assert.That(tokens.Shape, Is.EqualTo(new Shape([2, 3])));
        Assert.That(tokens.Ids.ToArray(), Is.EqualTo([1, 2, 3, 4, 5, 6]));
        Assert.That(sequences.Shape, Is.EqualTo(new Shape([1, 2, 2])));
        Assert.That(sequences.Values.ToArray(), Is.EqualTo([1f, 2, 3, 4]));
    }

    [Test]
    public void TimeMajor_ExchangesSamplesAndTime_AndLeavesColumnsTogether()
    {
        Samples sequences = new float[,,] { { { 1, 2 }, { 3, 4 }, { 5, 6 } }, { { 7, 8 }, { 9, 10 }, { 11, 12 } } };

        Samples turned = sequences.TimeMajor();

        Assert.That(turned.Shape, Is.EqualTo(new Shape([3, 2, 2])));
        Assert.That(turned.Values.ToArray(), Is.EqualTo([1f, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12]));
    }

    [Test]
    public void Take_GivesSamplesInTheOrderAsked()
    {
        Samples tokens = new int[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } };

        Assert.That(tokens.Take([2, 0]).Ids.ToArray(), Is.EqualTo([5, 6, 1, 2]));
        Assert.That(tokens.Range(1, 2).Ids.ToArray(), Is.EqualTo([3, 4, 5, 6]));
    }

    [Test]
    public void OfValues_ElementsDoNotFillTheShape_SaysBoth()
    {
        Assert.That(
            () => Samples.OfValues(new float[5], [2, 3]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("5 elements as [2, 3]"));
    }

    [Test]
    public void Dataset_NumbersOfSamplesDiffer_SaysBoth()
    {
        Assert.That(
            () => new Dataset(new int[2, 3], new int[3]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("2 inputs and 3 labels"));
    }

    [Test]
    public void Dataset_InputsOfOneAxis_SaysWhatIsExpected()
    {
        Assert.That(
            () => new Dataset(new int[2], new int[2]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("expected ids [samples, time]"));
    }

    [Test]
    public void Shuffle_IsAPermutation_ThatSeedAndEpochDecide()
    {
        int[] first = Shuffle.Of(50, seed: 1, epoch: 1);

        Assert.That(first.Order(), Is.EqualTo(Enumerable.Range(0, 50)));
        Assert.That(Shuffle.Of(50, seed: 1, epoch: 1), Is.EqualTo(first));
        Assert.That(Shuffle.Of(50, seed: 1, epoch: 2), Is.Not.EqualTo(first));
        Assert.That(Shuffle.Of(50, seed: 2, epoch: 1), Is.Not.EqualTo(first));
    }

    [Test]
    public void Shuffle_OfThree_GivesEachPermutationEquallyOften()
    {
        const int Draws = 6000;
        Dictionary<string, int> counts = Enumerable.Range(1, Draws)
            .Select(epoch => string.Join("", Shuffle.Of(3, seed: 9, epoch)))
            .CountBy(order => order)
            .ToDictionary();

        Assert.That(counts, Has.Count.EqualTo(6));

        // Five standard deviations.
        Assert.That(counts.Values, Is.All.InRange(1000 - 145, 1000 + 145));
    }

    [Test]
    public void Shuffle_ByLength_MakesBatchesOfLikeLengths_ThatSeedAndEpochDecide()
    {
        const int Count = 203;
        const int Batch = 10;
        var random = new RandomStream(seed: 4, stream: 0);
        int[] lengths = [.. Enumerable.Range(0, Count).Select(_ => 1 + (int)(random.NextUniform() * 40))];

        int[] order = Shuffle.ByLength(lengths, Batch, seed: 1, epoch: 1);

        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, Count)));
        Assert.That(Shuffle.ByLength(lengths, Batch, seed: 1, epoch: 1), Is.EqualTo(order));
        Assert.That(Shuffle.ByLength(lengths, Batch, seed: 1, epoch: 2), Is.Not.EqualTo(order));
        Assert.That(Shuffle.ByLength(lengths, Batch, seed: 2, epoch: 1), Is.Not.EqualTo(order));
        Assert.That(PaddedSteps(order), Is.LessThan(0.25 * PaddedSteps(Shuffle.Of(Count, seed: 1, epoch: 1))));
        int[] longest = [.. order.Chunk(Batch).Select(batch => batch.Max(sample => lengths[sample]))];
        Assert.That(longest, Is.Not.Ordered, "batches are shuffled");

        int PaddedSteps(int[] samples) =>
            samples.Chunk(Batch).Sum(batch => batch.Sum(sample => batch.Max(other => lengths[other]) - lengths[sample]));
    }

    [Test]
    public void OfSequences_FillsUpBehind_AndKnowsTheLengths()
    {
        Samples samples = Samples.OfSequences([[4, 5], [6], []], paddingId: 9);

        Assert.That(samples.Shape, Is.EqualTo(new Shape([3, 2])));
        Assert.That(samples.Ids.ToArray(), Is.EqualTo([4, 5, 6, 9, 9, 9]));
        Assert.That(samples.Take([2, 0]).Lengths?.ToArray(), Is.EqualTo([0, 2]));
        Assert.That(samples.Range(1, 2).Lengths?.ToArray(), Is.EqualTo([1, 0]));
    }

    [Test]
    public void WithLengths_LengthThatDoesNotFit_SaysWhich()
    {
        Samples tokens = new int[2, 3];

        Assert.That(
            () => tokens.WithLengths(new[] { 1, 4 }),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Samples: length 4 of samples [2, 3], expected 0 to 3"));
        Assert.That(
            () => tokens.WithLengths(new[] { 1 }),
            Throws.TypeOf<ShapeException>().With.Message.Contains("1 lengths for samples [2, 3]"));
    }
}
