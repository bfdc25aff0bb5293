using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>The reverse walk.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class BackwardTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Backward_LossOfManyElements_Throws()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);

        Assert.That(
            () => tape.Backward(x),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Backward: the loss input [2] has 2 elements, expected 1"));
    }

    [Test]
    public void Backward_SeedOfAnotherCount_Throws()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        View seed = tape.Input([3], [1, 2, 3]).View;

        Assert.That(
            () => tape.Backward((x, seed)),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Backward: the seed [3] does not fit the output input [2]"));
    }

    [Test]
    public void Backward_TwiceInTraining_Throws()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor loss = tape.Input([2], [1, 2], tracked: true).Sum();
        tape.Backward(loss);

        Assert.That(() => tape.Backward(loss), Throws.InvalidOperationException.With.Message.Contains("walked before"));
    }

    [Test]
    public void Backward_TwiceInInspection_AddsToLeavesOnly()
    {
        using Tape tape = Tape.ForInspection(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        Tensor y = x * x;
        Tensor loss = y.Sum();
        tape.Backward(loss);
        tape.Backward(loss);

        Assert.That(tape.GradientToArray(x), Is.EqualTo([4, 8]));
        Assert.That(tape.GradientToArray(y), Is.EqualTo([1, 1]), "intermediates start anew");
    }

    [Test]
    public void Backward_InTraining_ReleasesIntermediateGradients()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        Tensor y = x * x;
        int before = Backend.Pool.Statistics.Outstanding;
        tape.Backward(y.Sum());

        Assert.That(tape.GradientOf(y).Exists, Is.False);
        Assert.That(Backend.Pool.Outstanding, Has.Exactly(1).StartsWith("gradient of "));
        Assert.That(Backend.Pool.Statistics.Outstanding, Is.EqualTo(before + 2), "the sum, and the gradient of x");
    }

    [Test]
    public void Backward_SeveralOutputs_AddTheirGradients()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        Tensor doubled = 2.0 * x;
        Tensor tripled = 3.0 * x;
        tape.Backward((doubled, Seed(tape, 1, 10)), (tripled, Seed(tape, 100, 1000)), (x, Seed(tape, 0.5, 0.25)));

        Assert.That(tape.GradientToArray(x), Is.EqualTo([302.5, 3020.25]));
    }

    [Test]
    public void Backward_NothingFlowsIn_GradientIsZero()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        Tensor y = tape.Input([2], [1, 2], tracked: true);
        x.Tanh();
        tape.Backward(y.Sum());

        Assert.That(tape.GradientOf(x).Exists, Is.False);
        Assert.That(tape.GradientToArray(x), Is.EqualTo([0, 0]));
    }

    [Test]
    public void Slices_ThatOverlap_AddWhereTheyMeet()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([4], [1, 2, 3, 4], tracked: true);
        tape.Backward((x.Slice(0, 3), Seed(tape, 1, 1, 1)), (x.Slice(2, 2), Seed(tape, 10, 10)));

        Assert.That(tape.GradientToArray(x), Is.EqualTo([1, 1, 11, 10]));
    }

    [TestCase(0, 1)]
    [TestCase(1, 2)]
    [TestCase(3, 1)]
    [TestCase(0, 4)]
    public void Slice_WrittenFirst_LeavesTheRestZero(int start, int count)
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([4], [1, 2, 3, 4], tracked: true);
        Tensor y = 2.0 * x.Slice(start, count);
        tape.Backward(y.Sum());

        double[] expected = new double[4];
        expected.AsSpan(start, count).Fill(2);
        Assert.That(tape.GradientToArray(x), Is.EqualTo(expected));
        Assert.That(tape.GradientToArray(x.Slice(start, count)), Is.EqualTo(Enumerable.Repeat(2, count)));
    }

    [Test]
    public void Parameter_Slices_AddToItsOwnGradient()
    {
        using ParameterStore store = new(Backend, [new("other", [3], _ => { }), new("weight", [4], values => values.Fill(1))]);
        using Tape tape = Tape.ForTraining(Backend);
        Parameter weight = store["weight"];
        Backend.Upload(weight.Gradient, [0.5, 0.5, 0.5, 0.5]);
        Tensor x = tape.Input([2], [5, 7]);
        tape.Backward((x * weight.Slice(1, 2), Seed(tape, 1, 1)));

        Assert.That(weight.GradientToArray(), Is.EqualTo([0.5, 5.5, 7.5, 0.5]));
        Assert.That(store["other"].GradientToArray(), Is.EqualTo([0, 0, 0]));
    }

    [Test]
    public void Backward_FailsInTheMiddle_DisposeReturnsAll()
    {
        Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        Tensor y = tape.Run(new Failing(x.Tanh()));
        Tensor loss = (y * y).Sum();

        Assert.That(() => tape.Backward(loss), Throws.TypeOf<TimeoutException>());
        Assert.That(Backend.Pool.Outstanding, Has.Some.StartsWith("gradient of Tanh"), "the walk was in the middle");
        tape.Dispose();
        Assert.That(Backend.Pool.Outstanding, Is.Empty);
    }

    private static View Seed(Tape tape, params double[] values) => tape.Input([values.Length], values).View;

    private sealed class Failing(Tensor x) : Operation(x)
    {
        public override Shape[] OutputShapes() => [x.Shape];

        public override void Forward(Tape tape) => tape.Backend.Copy(Output(), x.View);

        public override void Backward(Tape tape)
        {
            GradientTarget target = tape.GradientInto(x);
            tape.Backend.Fill(target.View, 1);
            throw new TimeoutException();
        }
    }
}
