using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Tensors as views of others, and integers.</summary>
public sealed class TensorTests : OperationFixture
{
    [Test]
    public void Slice_SomeEntries_SharesTheMemory()
    {
        Tensor x = Counting([4, 2]);
        Tensor middle = x.Slice(1, 2);

        Assert.That(middle.ToArray(), Is.EqualTo([3, 4, 5, 6]));
        Assert.That(middle.View.Buffer, Is.SameAs(x.View.Buffer));
        Assert.That(middle.Slice(1, 1).ToArray(), Is.EqualTo([5, 6]));
    }

    [Test]
    public void At_OneEntry_HasOneAxisLess()
    {
        Tensor x = Counting([3, 2, 2]);

        Assert.That(x.At(2).Shape, Is.EqualTo(new Shape([2, 2])));
        Assert.That(x.At(2).At(1).ToArray(), Is.EqualTo([11, 12]));
    }

    [TestCase(-1, 1)]
    [TestCase(0, 0)]
    [TestCase(0, 5)]
    [TestCase(4, 1)]
    [TestCase(int.MaxValue, 2)]
    public void Slice_OutsideTheLeadingAxis_NamesTheTensor(int start, int count) => Assert.That(
        () => Counting([4, 2]).Slice(start, count), Throws.TypeOf<ShapeException>().With.Message.Contains("input [4, 2]"));

    [Test]
    public void Slice_OfASingleValue_Throws() =>
        Assert.That(() => Counting([]).Slice(0, 1), Throws.TypeOf<ShapeException>());

    [Test]
    public void Reshape_OtherCount_NamesBoth() => Assert.That(
        () => Counting([4, 2]).Reshape([3, 3]),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo("Reshape: input [4, 2] has 8 elements, [3, 3] has 9"));

    [Test]
    public void ToScalar_ManyElements_Throws()
    {
        Assert.That(Counting([1, 1]).ToScalar(), Is.EqualTo(1));
        Assert.That(() => Counting([2]).ToScalar(), Throws.TypeOf<ShapeException>().With.Message.Contains("has 2 elements, expected 1"));
    }

    [Test]
    public void Input_OtherCount_Throws() => Assert.That(
        () => Input([2, 3], 1, 2), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Input: [2, 3] has 6 elements, got 2 values"));

    [Test]
    public void Indices_Values_KnowTheirBounds()
    {
        IndexTensor ids = Tape.Indices([2, 2], [7, -100, 3, 0]);

        Assert.That((ids.Minimum, ids.Maximum), Is.EqualTo((-100, 7)));
        Assert.That(ids.ToArray(), Is.EqualTo([7, -100, 3, 0]));
        Assert.That(
            () => Tape.Indices([2], [1]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Indices: [2] has 2 elements, got 1 values"));
    }

    [Test]
    public void Indices_AfterDispose_Throw()
    {
        using ReferenceBackend backend = new();
        Tape tape = Tape.ForInference(backend);
        IndexTensor ids = tape.Indices([1], [0]);
        tape.Dispose();

        Assert.That(ids.ToArray, Throws.TypeOf<ObjectDisposedException>().With.Message.Contains("indices [1]"));
    }
}
