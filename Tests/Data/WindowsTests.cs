using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class WindowsTests
{
    [Test]
    public void Fill_TextOfExactlyOneWindow_IsTimeMajorWithTargetsOneFurther()
    {
        // Lanes of 3: 10 11 12 and 13 14 15; the last target is the last token.
        var windows = new Windows(Ids(7), steps: 3, batch: 2, seed: 1);

        (int[] inputs, int[] targets) = Fill(windows, 0);

        Assert.That(windows.PerEpoch, Is.EqualTo(1));
        Assert.That(inputs, Is.EqualTo(new[] { 10, 13, 11, 14, 12, 15 }));
        Assert.That(targets, Is.EqualTo(new[] { 11, 14, 12, 15, 13, 16 }));
    }

    [TestCase(1000, 7, 4)]
    [TestCase(1000, 1, 1)]
    [TestCase(101, 10, 1)]
    [TestCase(997, 20, 7)]
    public void Fill_WindowsOfAnEpoch_ContinueEachOtherRowByRow(int length, int steps, int batch)
    {
        var windows = new Windows(Ids(length), steps, batch, seed: 3);
        int lane = (length - 1) / batch;
        Assert.That(windows.PerEpoch, Is.EqualTo(lane / steps));

        for (int epoch = 0; epoch < 3; epoch++)
        {
            int first = Fill(windows, (long)epoch * windows.PerEpoch).Inputs[0] - 10;
            Assert.That(first, Is.InRange(0, lane % steps));
            for (int place = 0; place < windows.PerEpoch; place++)
            {
                (int[] inputs, int[] targets) = Fill(windows, ((long)epoch * windows.PerEpoch) + place);
                for (int t = 0; t < steps; t++)
                {
                    for (int b = 0; b < batch; b++)
                    {
                        int expected = 10 + (b * lane) + first + (place * steps) + t;
                        Assert.That(inputs[(t * batch) + b], Is.EqualTo(expected));
                        Assert.That(targets[(t * batch) + b], Is.EqualTo(expected + 1));
                    }
                }
            }
        }
    }

    [Test]
    public void Fill_ManyEpochs_DrawEveryOffset()
    {
        // A lane of 25 with windows of 10: offsets 0 to 5.
        var windows = new Windows(Ids(26), steps: 10, batch: 1, seed: 3);
        var offsets = Enumerable.Range(0, 100).Select(epoch => Fill(windows, epoch * 2).Inputs[0] - 10).ToHashSet();
        Assert.That(offsets.Order(), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5 }));
    }

    [Test]
    public void Fill_AnyOrderAndAnyInstance_GivesTheSameWindow()
    {
        var forward = new Windows(Ids(300), steps: 8, batch: 3, seed: 5);
        int[][] seen = [.. Enumerable.Range(0, 50).Select(window => Fill(forward, window).Inputs)];

        var backward = new Windows(Ids(300), steps: 8, batch: 3, seed: 5);
        for (int window = 49; window >= 0; window--)
            Assert.That(Fill(backward, window).Inputs, Is.EqualTo(seen[window]));

        var otherSeed = new Windows(Ids(300), steps: 8, batch: 3, seed: 6);
        int[][] others = [.. Enumerable.Range(0, 50).Select(window => Fill(otherSeed, window).Inputs)];
        Assert.That(others, Is.Not.EqualTo(seen));
    }

    [Test]
    public void Fill_FarWindow_DoesNotOverflow()
    {
        var windows = new Windows(Ids(300), steps: 8, batch: 3, seed: 5);
        Assert.That(() => Fill(windows, long.MaxValue), Throws.Nothing);
    }

    [Test]
    public void Constructor_TextTooShort_SaysWhatIsNeeded() =>
        Assert.That(
            () => new Windows(Ids(6), steps: 3, batch: 2, seed: 1),
            Throws.InstanceOf<DataException>().With.Message.EqualTo(
                "the text has 6 tokens, but a batch of 2 windows of 3 needs 7; give a longer text, or make the " +
                "window or the batch smaller"));

    [TestCase(0, 1)]
    [TestCase(1, 0)]
    public void Constructor_NoStepsOrNoRows_IsRefused(int steps, int batch) =>
        Assert.That(() => new Windows(Ids(9), steps, batch, seed: 1), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(5, 6)]
    [TestCase(6, 7)]
    public void Fill_SpansOfOtherLength_NamesTheShape(int inputs, int targets)
    {
        var windows = new Windows(Ids(7), steps: 3, batch: 2, seed: 1);
        Assert.That(
            () => windows.Fill(0, new int[inputs], new int[targets]),
            Throws.ArgumentException.With.Message.EqualTo(
                $"Windows.Fill: {inputs} inputs and {targets} targets, expected [3, 2], 6 of each"));
    }

    [Test]
    public void Fill_NegativeWindow_IsRefused()
    {
        var windows = new Windows(Ids(7), steps: 3, batch: 2, seed: 1);
        Assert.That(() => Fill(windows, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static int[] Ids(int count) => [.. Enumerable.Range(10, count)];

    private static (int[] Inputs, int[] Targets) Fill(Windows windows, long window)
    {
        int[] inputs = new int[windows.Steps * windows.Batch];
        int[] targets = new int[windows.Steps * windows.Batch];
        windows.Fill(window, inputs, targets);
        return (inputs, targets);
    }
}
