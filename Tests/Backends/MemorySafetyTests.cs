using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>What would read or write the wrong memory is refused, or noticed.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class MemorySafetyTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Parameter_WholeSlicedAndReshaped_IsEachTimeReadAsItIs()
    {
        using ParameterStore store = Store([8, 6]);
        using Tape tape = Tape.ForInference(Backend);
        Tensor x = tape.Input([2, 6], Numbers(12));
        Tensor wide = tape.Input([2, 12], Numbers(24));
        Tensor w = tape.Use(store.All[0]);
        double[] copy = w.ToArray();

        Assert.That(x.Linear(w, null).ToArray(), IsClose(x.Linear(tape.Input([8, 6], copy), null)));
        Assert.That(x.Linear(w.Slice(0, 3), null).ToArray(), IsClose(x.Linear(tape.Input([3, 6], copy.AsSpan(0, 18)), null)));
        Assert.That(
            wide.Linear(w.Reshape([4, 12]), null).ToArray(), IsClose(wide.Linear(tape.Input([4, 12], copy), null)));
        Assert.That(x.Linear(w, null).ToArray(), IsClose(x.Linear(tape.Input([8, 6], copy), null)));
    }

    [Test]
    public void Parameter_WrittenByAnyPrimitive_IsReadAnew()
    {
        using ParameterStore store = Store([5, 6]);
        Parameter w = store.All[0];
        using Tape tape = Tape.ForInference(Backend);
        Tensor x = tape.Input([2, 6], Numbers(12));
        double[] before = x.Linear(w, null).ToArray();

        Backend.Scale(w.View, 2, w.View, add: false);
        Assert.That(x.Linear(w, null).ToArray(), Is.EqualTo(before.Select(v => 2 * v)).Within(1e-5));
        Backend.Fill(w.View, 0);
        Assert.That(x.Linear(w, null).ToArray(), Is.All.EqualTo(0.0));
    }

    [Test]
    public void Transfer_OfAnotherCountOrKind_IsRefused()
    {
        using Scratch scratch = Backend.Pool.Scratch([3], "three");
        Assert.That(() => Backend.Upload(scratch.View, [1.0, 2.0]), Throws.TypeOf<ShapeException>());
        Assert.That(() => Backend.Upload(scratch.View, [1, 2, 3]), Throws.TypeOf<ShapeException>());
        Assert.That(() => Backend.Download(scratch.View, new float[4]), Throws.TypeOf<ShapeException>());
        Assert.That(() => Backend.Download(scratch.View, new int[3]), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Operation_OnAParameterOfAnotherDevice_IsRefused()
    {
        using var other = new ReferenceBackend();
        using var store = new ParameterStore(other, [new("w", [2, 2], _ => { })]);
        using Tape tape = Tape.ForInference(Backend);
        Tensor x = tape.Input([2, 2], Numbers(4));
        Assert.That(() => x.MatMul(store.All[0]), Throws.InvalidOperationException.With.Message.Contains("another tape or device"));
    }

    [Test]
    public void Parameter_AfterItsStoreIsGone_Throws()
    {
        ParameterStore store = Store([2]);
        Parameter parameter = store.All[0];
        store.Dispose();
        Assert.That(() => parameter.View, Throws.InvalidOperationException.With.Message.Contains("store was disposed of"));
        Assert.That(store.ClearGradients, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Store_WhoseGradientsAreNotToBeHad_StillComputes()
    {
        using var small = new ReferenceBackend(BackendOptions.Default with { MemoryLimitBytes = 1500 });
        var store = new ParameterStore(small, [new("w", [80], values => values.Fill(1))]);
        Assert.That(() => store.Gradients, Throws.TypeOf<DeviceException>().With.Message.Contains("parameter gradients"));
        Assert.That(store["w"].ToArray(), Has.All.EqualTo(1));
        store.Dispose();
        Assert.That(small.Pool.Statistics.Outstanding, Is.Zero);
    }

    [Test]
    public void CrossEntropy_OfLargeLogits_KeepsItsDigits()
    {
        using Tape tape = Tape.ForTraining(Backend);
        double[] small = [0.5, -0.25, 1, 0];
        double[] large = [.. small.Select(v => v + 4096)];
        Tensor a = tape.Input([1, 4], small, tracked: true);
        Tensor b = tape.Input([1, 4], large, tracked: true);
        Tensor sum = a.CrossEntropy(tape.Indices([1], [1])) + b.CrossEntropy(tape.Indices([1], [1]));
        tape.Backward(sum);

        Assert.That(tape.GradientToArray(b), Is.EqualTo(tape.GradientToArray(a)).Within(1e-6));
        Assert.That(b.Softmax().ToArray().Sum(), Is.EqualTo(1).Within(1e-6));
    }

    private ParameterStore Store(Shape shape) =>
        new(Backend, [new("w", shape, values => Numbers(values.Length).CopyTo(values))]);

    private static double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(k => ((k * 7) % 11 - 5) / 8.0)];

    private static NUnit.Framework.Constraints.EqualConstraint IsClose(Tensor expected) => Is.EqualTo(expected.ToArray()).Within(1e-5);
}
