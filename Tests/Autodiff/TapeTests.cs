using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>Recording, lifetimes, and what each kind of tape allows.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class TapeTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Run_OperandsOnTwoTapes_Throws()
    {
        using Tape one = Tape.ForTraining(Backend);
        using Tape other = Tape.ForTraining(Backend);
        Tensor x = one.Input([2], [1, 2]);
        Tensor y = other.Input([2], [3, 4]);

        Assert.That(() => x + y, Throws.InvalidOperationException.With.Message.Contains("operands live on two tapes"));
    }

    [Test]
    public void Dispose_Tensors_ThrowAfterwards()
    {
        Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2]);
        Tensor y = x.Tanh();
        tape.Dispose();

        Assert.That(y.ToArray, Throws.TypeOf<ObjectDisposedException>().With.Message.Contains("Tanh [2]: used after its tape was disposed of"));
        Assert.That(() => x.Tanh(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => tape.Input([1], [1]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => tape.Backward((y, default)), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => tape.GradientOf(x), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(tape.Dispose, Throws.Nothing);
    }

    [Test]
    public void ForInference_Operations_AreNotRecorded()
    {
        using Tape tape = Tape.ForInference(Backend);
        Tensor x = tape.Input([1], [0.5], tracked: true);
        Tensor y = x.Relu();

        Assert.That(y.ToScalar(), Is.EqualTo(0.5));
        Assert.That((x.IsTracked, y.IsTracked, tape.Operations.Count), Is.EqualTo((false, false, 0)));
        Assert.That(() => tape.Backward(y), Throws.InvalidOperationException.With.Message.Contains("recorded nothing"));
    }

    [Test]
    public void Run_NoTrackedInput_IsNotRecorded()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor constant = tape.Input([2], [1, 2]);
        Tensor y = constant.Relu();
        Tensor z = y * tape.Input([2], [3, 4], tracked: true);

        Assert.That((y.IsTracked, z.IsTracked), Is.EqualTo((false, true)));
        Assert.That(tape.Operations.Select(o => o.Name), Is.EqualTo(["Multiply"]));
    }

    [Test]
    public void Kinds_OfTapes_SayWhatTheyAreFor()
    {
        using Tape training = Tape.ForTraining(Backend);
        using Tape inspection = Tape.ForInspection(Backend);
        using Tape inference = Tape.ForInference(Backend);

        Assert.That((training.IsTraining, inspection.IsTraining, inference.IsTraining), Is.EqualTo((true, false, false)));
    }

    [Test]
    public void Constant_MemoryOfSomebodyElse_IsReadAndNotReturned()
    {
        using Scratch state = Backend.Pool.Scratch([2], "carried state");
        Backend.Upload(state.View, [1.0, 2.0]);
        using (Tape tape = Tape.ForTraining(Backend))
        {
            Tensor h = tape.Constant(state.View);
            Tensor x = tape.Input([2], [5, 7], tracked: true);
            tape.Backward((x * h, tape.Input([2], [1, 1]).View));

            Assert.That(tape.GradientToArray(x), Is.EqualTo([1, 2]));
            Assert.That(tape.GradientOf(h).Exists, Is.False);
        }

        Assert.That(Backend.Pool.Statistics.Outstanding, Is.EqualTo(1));
    }

    [Test]
    public void Use_Parameter_BringsItOnTheTape()
    {
        using ParameterStore store = new(Backend, [new("weight", [2], values => values.Fill(3))]);
        using Tape tape = Tape.ForTraining(Backend);
        Parameter weight = store["weight"];
        Assert.That(() => weight * weight, Throws.InvalidOperationException.With.Message.Contains("tape.Use(parameter)"));

        Tensor penalty = (tape.Use(weight) * weight).Sum();
        tape.Backward(penalty);

        Assert.That(penalty.ToScalar(), Is.EqualTo(18));
        Assert.That(weight.GradientToArray(), Is.EqualTo([6, 6]));
    }

    [Test]
    public void Run_OnAnotherThreadInMidOperation_Throws()
    {
        using Tape tape = Tape.ForTraining(Backend);
        using Tape other = Tape.ForTraining(Backend);
        Tensor x = tape.Input([1], [1]);
        Tensor y = other.Input([1], [1]);
        Exception? thrown = null;
        var meanwhile = new Thread(() => thrown = Assert.Catch(() => y.Tanh()));

        tape.Run(new Meddling(x, () =>
        {
            meanwhile.Start();
            meanwhile.Join();
        }));

        Assert.That(thrown, Is.TypeOf<InvalidOperationException>());
        Assert.That(thrown!.Message, Does.Contain("Tanh called while Meddling is running; a backend serves one thread at a time"));
        Assert.That(() => y.Tanh(), Throws.Nothing, "the backend is free again");
    }

    [Test]
    public void Forward_Fails_TapeStaysUsableAndReturnsAll()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([1], [1], tracked: true);
        var failing = new Meddling(x, () => throw new TimeoutException());

        Assert.That(() => tape.Run(failing), Throws.TypeOf<TimeoutException>());
        Assert.That(() => x.Tanh(), Throws.Nothing);
        Assert.That(tape.Operations.Select(o => o.Name), Is.EqualTo(["Tanh"]));
    }

    [Test]
    public void Checks_ForwardNotFinite_NamesOperationElementAndValue()
    {
        using Tape tape = Tape.ForTraining(Backend, checks: true);
        Tensor x = tape.Input([3], [1, 0, 2], tracked: true);

        Assert.That(
            () => x.Log(),
            Throws.TypeOf<NonFiniteException>().With.Message.Match("^Log: forward produced -.* at element 1 of its output \\[3\\]$"));
    }

    [Test]
    public void Checks_BackwardNotFinite_NamesOperationAndInput()
    {
        using Tape tape = Tape.ForTraining(Backend, checks: true);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        Tensor y = x.Tanh();
        View seed = tape.Input([2], [1, double.NaN]).View;

        Assert.That(
            () => tape.Backward((y, seed)),
            Throws.TypeOf<NonFiniteException>().With.Message.EqualTo(
                "Tanh: backward produced NaN at element 1 of the gradient of input [2]"));
    }

    [Test]
    public void Describe_AnInspection_ListsOperationsShapesAndBytes()
    {
        using Tape tape = Tape.ForInspection(Backend);
        Tensor x = tape.Input([2, 3], new double[6], tracked: true);
        tape.Backward(x.Tanh().Sum());
        int bytes = Backend.Real == ElementKind.Float64 ? 8 : 4;

        string[] lines = tape.Describe().Split('\n');
        Assert.That(lines[0], Does.StartWith($"Tanh(input [2, 3]) -> [2, 3], {6 * bytes} bytes, forward "));
        Assert.That(lines[1], Does.StartWith($"Sum(Tanh [2, 3]) -> [1], {bytes} bytes, forward "));
        Assert.That(lines[2], Is.EqualTo($"2 operations, {7 * bytes} bytes of results"));
    }

    // Does something in the middle of its forward.
    private sealed class Meddling(Tensor x, Action act) : Operation(x)
    {
        public override Shape[] OutputShapes() => [x.Shape];

        public override void Forward(Tape tape)
        {
            act();
            tape.Backend.Copy(Output(), x.View);
        }

        public override void Backward(Tape tape)
        {
        }
    }
}
