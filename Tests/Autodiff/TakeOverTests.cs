using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>When an operation may use the memory of its input as its own.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class TakeOverTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void TakeOver_OnlyReaderOfAResult_IsAllowedAndClosesTheInput()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor sum = Sum(tape);
        Tensor y = tape.Run(new Negate(sum));

        Assert.That(y.ToArray(), Is.EqualTo([-2, -4]));
        Assert.That(
            sum.ToArray,
            Throws.InvalidOperationException.With.Message.EqualTo(
                "Add [2]: its memory was taken over by Negate; a tape made by ForInspection keeps everything"));
        Assert.That(() => sum.Slice(0, 1), Throws.InvalidOperationException);
    }

    [Test]
    public void TakeOver_MemoryGivenBackAsGradient_IsNotCopied()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        Tensor sum = x + x;
        Tensor y = tape.Run(new Negate(sum));
        long rents = Backend.Pool.Statistics.Rents;
        tape.Backward((y, tape.Input([2], [1, 10]).View));

        Assert.That(tape.GradientToArray(x), Is.EqualTo([-2, -20]));
        Assert.That(Backend.Pool.Statistics.Rents - rents, Is.EqualTo(3), "the seed, and the gradients of y and x");
    }

    [Test]
    public void TakeOver_GradientThereAlready_IsAddedTo()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        Tensor sum = x + x;
        Tensor y = tape.Run(new Negate(sum));
        tape.Backward((sum, tape.Input([2], [100, 100]).View), (y, tape.Input([2], [1, 10]).View));

        Assert.That(tape.GradientToArray(x), Is.EqualTo([198, 180]));
    }

    [Test]
    public void TakeOver_Inspection_IsRefused()
    {
        using Tape tape = Tape.ForInspection(Backend);
        Tensor sum = Sum(tape);
        tape.Run(new Negate(sum));

        Assert.That(sum.ToArray(), Is.EqualTo([2, 4]));
    }

    [Test]
    public void TakeOver_AnotherReader_IsRefused()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor sum = Sum(tape);
        sum.Slice(0, 1).Tanh();
        tape.Run(new Negate(sum));

        Assert.That(sum.ToArray(), Is.EqualTo([2, 4]));
    }

    [Test]
    public void TakeOver_ProducerReadsItsOutput_IsRefused()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor exp = tape.Input([1], [0], tracked: true).Exp();
        tape.Run(new Negate(exp));

        Assert.That(exp.ToArray(), Is.EqualTo([1]).Within(1e-6));
    }

    [Test]
    public void TakeOver_InputOfTheUser_IsRefused()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        tape.Run(new Negate(x));

        Assert.That(x.ToArray(), Is.EqualTo([1, 2]));
    }

    [Test]
    public void TakeOver_Slice_IsRefused()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor sum = Sum(tape);
        tape.Run(new Negate(sum.Slice(0, 1)));

        Assert.That(sum.ToArray(), Is.EqualTo([2, 4]));
    }

    [Test]
    public void TakeOver_ReaderAfterwards_Throws()
    {
        using Tape tape = Tape.ForTraining(Backend);
        Tensor sum = Sum(tape);
        tape.Run(new Negate(sum));

        Assert.That(() => sum.Tanh(), Throws.InvalidOperationException.With.Message.Contains("taken over by Negate"));
    }

    private static Tensor Sum(Tape tape)
    {
        Tensor x = tape.Input([2], [1, 2], tracked: true);
        return x + x;
    }

    // y = -x, computed in the memory of x where that is allowed, which becomes the memory of its gradient.
    private sealed class Negate(Tensor x) : Operation(x)
    {
        private View _memory;
        private bool _tookX;

        public override Shape[] OutputShapes() => [x.Shape];

        public override void Forward(Tape tape)
        {
            _tookX = tape.TryTakeOver(x, this, out _memory);
            if (!_tookX)
            {
                _memory = tape.Rent(x.Shape, "copy");
                tape.Backend.Copy(_memory, x.View);
            }

            tape.Backend.Scale(Output(), -1, _memory, add: false);
        }

        public override void Backward(Tape tape)
        {
            tape.Backend.Scale(_memory, -1, tape.GradientOf(Outputs[0]), add: false);
            tape.GiveGradient(x, _memory);
        }
    }
}
