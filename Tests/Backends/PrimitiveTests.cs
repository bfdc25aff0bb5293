using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>What of the contract the catalogue does not reach: primitives of optimisers, integers, and values at the edge.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class PrimitiveTests(TestBackend device) : BackendFixture(device)
{
    private Tape _tape = null!;

    [SetUp]
    public void OpenTape() => _tape = Tape.ForInference(Backend);

    [TearDown]
    public void CloseTape() => _tape.Dispose();

    [Test]
    public void Upload_EitherPrecision_ComesBackRounded()
    {
        View view = Room([2]);
        Backend.Upload(view, [0.1, 1e10]);
        float[] floats = new float[2];
        Backend.Download(view, floats);
        Assert.That(floats, Is.EqualTo([0.1f, 1e10f]));

        Backend.Upload(view, [0.1f, -0f]);
        Assert.That(Read(view), Is.EqualTo([0.1f, -0.0]));
    }

    [Test]
    public void Copy_Integers_KeepsThem()
    {
        View from = Integers(int.MinValue, -1, int.MaxValue);
        View to = _tape.Rent([3], ElementKind.Int32, "copy");
        Backend.Copy(to, from);

        Assert.That(ReadIntegers(to), Is.EqualTo([int.MinValue, -1, int.MaxValue]));
    }

    [TestCase(1)]
    [TestCase(15)]
    [TestCase(33)]
    [TestCase(100_003)]
    public void SumOfSquares_ManyLengths_IsTheSum(int count)
    {
        double[] values = [.. Enumerable.Range(0, count).Select(i => (double)(float)Math.Sin(i))];
        double expected = values.Sum(v => v * v);
        View sum = Reals(100);
        View x = Reals(values);

        Backend.SumOfSquares(sum, x, add: false);
        Assert.That(Read(sum)[0], Is.EqualTo(expected).Within(1e-5 * expected));
        Backend.SumOfSquares(sum, x, add: true);
        Assert.That(Read(sum)[0], Is.EqualTo(2 * expected).Within(1e-5 * expected));
    }

    [Test]
    public void SumOfSquares_OneNotFinite_IsNotFinite()
    {
        View sum = Reals(0);
        double[] values = new double[1000];
        values[777] = double.NaN;
        Backend.SumOfSquares(sum, Reals(values), add: false);

        Assert.That(Read(sum)[0], Is.NaN);
    }

    [TestCase(1, 40)]
    [TestCase(40, 1)]
    [TestCase(3, 7)]
    public void Max_EqualsAndNaN_FirstIsTaken(int length, int inner)
    {
        double[] equal = [.. Enumerable.Repeat(1.5, length * inner)];
        double[] notNumbers = [.. equal];
        int last = (length - 1) * inner + inner / 2;
        notNumbers[last] = double.NaN;
        Axis axis = new(1, length, inner);

        Assert.That(Positions(equal, axis), Is.All.Zero);
        Assert.That(Positions(notNumbers, axis)[inner / 2], Is.EqualTo(length - 1), "NaN is larger than any number");
        Assert.That(Positions([.. Enumerable.Repeat(double.NaN, length * inner)], axis), Is.All.Zero);
        Assert.That(Positions([.. Enumerable.Repeat(double.NegativeInfinity, length * inner)], axis), Is.All.Zero);
    }

    [Test]
    public void ScatterAdd_SkippedId_AddsNothing()
    {
        View table = Room([3, 20]);
        Backend.Fill(table, 1);
        View rows = Room([4, 20]);
        Backend.Fill(rows, 10);
        Backend.Fill(rows.Range(1, 1), double.NaN);
        Backend.ScatterAdd(table, _tape.Indices([4], [2, 0, 2, 1]), rows, skippedId: 0);

        double[] values = Read(table);
        Assert.That(values[..20], Is.All.EqualTo(1));
        Assert.That(values[20..40], Is.All.EqualTo(11));
        Assert.That(values[40..], Is.All.EqualTo(21));

        Backend.ScatterAdd(table, _tape.Indices([1], [1]), rows.Range(1, 1), skippedId: 1);
        Assert.That(Read(table), Is.EqualTo(values), "nothing is left to add");
    }

    // 64 rows of an id are added by one thread, 64 such sums by the next launch.
    [TestCase(63)]
    [TestCase(64)]
    [TestCase(65)]
    [TestCase(4200)]
    public void ScatterAdd_ManyRowsOfAnId_AddsAll(int count)
    {
        const int Columns = 3;
        int[] ids = [.. Enumerable.Range(0, count + 70).Select(r => r < count ? 1 : r % 5)];
        double[] values = [.. Enumerable.Range(0, ids.Length * Columns).Select(i => (double)(i % 7 - 3))];
        double[] expected = [.. Enumerable.Repeat(5.0, 6 * Columns)];
        for (int i = 0; i < values.Length; i++)
            expected[ids[i / Columns] * Columns + i % Columns] += values[i];
        View table = Room([6, Columns]);
        Backend.Fill(table, 5);

        Backend.ScatterAdd(table, _tape.Indices([ids.Length], ids), _tape.Input([ids.Length, Columns], values).View, skippedId: -1);

        Assert.That(Read(table), Is.EqualTo(expected));
    }

    [Test]
    public void ScatterAdd_IdsThatTheDeviceComputed_AddsEachToItsEntry()
    {
        View table = Room([3, 2]);
        Backend.Fill(table, 0);
        IndexTensor ids = _tape.Input([4, 3], [9, 0, 0, 0, 0, 9, 9, 1, 1, 2, 3, 2]).ArgMax();

        Backend.ScatterAdd(table, ids, _tape.Input([4, 2], [1, 10, 2, 20, 4, 40, 8, 80]).View, skippedId: -1);

        Assert.That(Read(table), Is.EqualTo([5, 50, 8, 80, 2, 20]));
    }

    [Test]
    public void CrossEntropy_LogitOfMinusInfinity_DoesNotCountWithoutSmoothing()
    {
        View logits = Room([1, 20]);
        double[] values = new double[20];
        values[3] = double.NegativeInfinity;
        Backend.Upload(logits, values);
        View loss = Room([1]);
        View logSum = Room([1, 2]);
        View weight = Room([1]);
        View targets = Integers(5);
        Backend.CrossEntropy(loss, logSum, weight, logits, targets, default, new());
        Assert.That(Read(loss)[0], Is.EqualTo(Math.Log(19)).Within(1e-6));

        View gradient = Room([1, 20]);
        Backend.CrossEntropySlope(gradient, logits, logSum, Reals(1), targets, default, new(), add: false);
        double[] slopes = Read(gradient);
        Assert.That((slopes[3], slopes[5], slopes[6]), Is.EqualTo((0.0, 1.0 / 19 - 1, 1.0 / 19)).Within(1e-6));
    }

    [Test]
    public void Dropout_EveryElement_FollowsItsNumber()
    {
        RandomRange range = new(Seed: 5, Stream: 6, Offset: 8);
        View x = Room([101]);
        Backend.Fill(x, 3);
        View y = Room([101]);
        Backend.Dropout(y, x, 0.25, range, add: false);

        double[] expected = [.. Enumerable.Range(0, 101).Select(i => range.Uniform(i) >= 0.25 ? 4.0 : 0.0)];
        Assert.That(Read(y), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void JudgeGradient_NotFinite_KeepsTheFirstStep()
    {
        View status = Reals(1e30, 0);
        Backend.JudgeGradient(status, 3);
        Assert.That(Read(status)[1], Is.Zero);

        Backend.Upload(status, [double.PositiveInfinity, 0]);
        Backend.JudgeGradient(status, 4);
        Assert.That(Read(status)[1], Is.EqualTo(4));
        Backend.JudgeGradient(status, 5);
        Assert.That(Read(status)[1], Is.EqualTo(4));
    }

    [Test]
    public void Update_Sgd_ClipsAndStopsAfterAFailure()
    {
        const double infinity = double.PositiveInfinity;
        View weights = Reals(1, 2);
        View gradients = Reals(3, 4);
        Moments moments = new(Reals(0, 0));
        SgdRule rule = new(rate: 0.1, momentum: 0, decay: 0, nesterov: false);

        Backend.Update(weights, gradients, moments, rule, Reals(25, 0), new(Reals(25), 2.5, infinity));
        Assert.That(Read(weights), Is.EqualTo([1 - 0.15, 2 - 0.2]).Within(1e-6));

        Backend.Update(weights, gradients, moments, rule, Reals(25, 7), new(Reals(25), 2.5, infinity));
        Assert.That(Read(weights), Is.EqualTo([1 - 0.15, 2 - 0.2]).Within(1e-6));

        Backend.Update(weights, gradients, moments, rule, Reals(0, 0), new(default, infinity, 3.5));
        Assert.That(Read(weights), Is.EqualTo([1 - 0.15 - 0.3, 2 - 0.2 - 0.35]).Within(1e-6));
    }

    [Test]
    public void CopyUnlessFailed_AfterAFailure_CopiesNothing()
    {
        View to = Reals(1, 2);
        Backend.CopyUnlessFailed(to, Reals(3, 4), Reals(0, 9));
        Assert.That(Read(to), Is.EqualTo([1, 2]));

        Backend.CopyUnlessFailed(to, Reals(3, 4), Reals(0, 0));
        Assert.That(Read(to), Is.EqualTo([3, 4]));
    }

    private int[] Positions(double[] values, Axis axis)
    {
        View positions = _tape.Rent([(int)axis.Inner], ElementKind.Int32, "positions");
        Backend.Max(default, positions, Reals(values), axis);
        return ReadIntegers(positions);
    }

    private View Room(Shape shape) => _tape.Rent(shape, "test");

    private View Reals(params double[] values) => _tape.Input([values.Length], values).View;

    private View Integers(params int[] values) => _tape.Indices([values.Length], values).View;

    private double[] Read(View view)
    {
        double[] values = new double[view.Count];
        Backend.Download(view, values);
        return values;
    }

    private int[] ReadIntegers(View view)
    {
        int[] values = new int[view.Count];
        Backend.Download(view, values);
        return values;
    }
}
