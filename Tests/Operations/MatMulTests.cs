using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class MatMulTests : OperationFixture
{
    [Test]
    public void MatMul_InnerSizesDiffer_NamesBothShapes()
    {
        using ParameterStore store = new(Tape.Backend, [new("lstm.weight_ih_l0", [512, 64], _ => { })]);
        Tensor x = Counting([35, 20, 128]);

        Assert.That(
            () => x.MatMul(store["lstm.weight_ih_l0"], transposeY: true),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo(
                "MatMul: inner sizes differ, 128 and 64; operands input [35, 20, 128], lstm.weight_ih_l0 [512, 64]"));
    }

    [Test]
    public void MatMul_BatchSizesDiffer_NamesBoth() => Assert.That(
        () => Counting([4, 2, 3]).MatMul(Counting([5, 3, 2])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "MatMul: batch sizes differ, 4 and 5; operands input [4, 2, 3], input [5, 3, 2]"));

    [Test]
    public void MatMul_MatrixByBatch_IsRefused() => Assert.That(
        () => Counting([2, 3]).MatMul(Counting([4, 3, 2])),
        Throws.TypeOf<ShapeException>().With.Message.StartsWith(
            "MatMul: 2 and 3 axes, expected at least 2 and 2, or 3 and 3;"));

    [Test]
    public void MatMul_VectorOnTheLeft_IsRefused() => Assert.That(
        () => Counting([3]).MatMul(Counting([3, 2])),
        Throws.TypeOf<ShapeException>().With.Message.StartsWith(
            "MatMul: 1 and 2 axes, expected at least 2 and 2, or 3 and 3;"));

    [Test]
    public void MatMul_TransposedRows_AreRefused() => Assert.That(
        () => Counting([4, 3, 2]).MatMul(Counting([3, 2]), transposeX: true),
        Throws.TypeOf<ShapeException>().With.Message.StartsWith(
            "MatMul: a left operand of 3 axes is read as rows and cannot be transposed;"));

    [Test]
    public void MatMul_LeadingAxes_AreRows()
    {
        Tensor y = Counting([2, 1, 2]).MatMul(Input([2, 2], 1, 10, 100, 1000));

        Assert.That($"{y.Shape}", Is.EqualTo("[2, 1, 2]"));
        Assert.That(y.ToArray(), Is.EqualTo([201, 2010, 403, 4030]));
    }

    [Test]
    public void MatMul_BatchAxis_MultipliesEntryByEntry()
    {
        Tensor y = Counting([2, 1, 2]).MatMul(Input([2, 1, 2], 1, 10, 100, 1000), transposeY: true);

        Assert.That($"{y.Shape}", Is.EqualTo("[2, 1, 1]"));
        Assert.That(y.ToArray(), Is.EqualTo([21, 4300]));
    }

    [Test]
    public void MatMul_BothTransposed_MultipliesTheTransposes()
    {
        // ([1 2; 3 4])ᵀ ([1 10; 100 1000])ᵀ
        Tensor y = Counting([2, 2]).MatMul(Input([2, 2], 1, 10, 100, 1000), transposeX: true, transposeY: true);

        Assert.That(y.ToArray(), Is.EqualTo([31, 3100, 42, 4200]));
    }

    [Test]
    public void Linear_WithBias_MultipliesByTheTransposeAndAdds()
    {
        Tensor y = Counting([2, 1, 2]).Linear(Input([3, 2], 1, 10, 100, 1000, 0, 0), Input([3], 0.5, 0, 7));

        Assert.That($"{y.Shape}", Is.EqualTo("[2, 1, 3]"));
        Assert.That(y.ToArray(), Is.EqualTo([21.5, 2100, 7, 43.5, 4300, 7]));
    }

    [Test]
    public void Linear_InnerSizesDiffer_NamesAllOperands() => Assert.That(
        () => Counting([2, 3]).Linear(Counting([4, 5]), Counting([4])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Linear: inner sizes differ, 3 and 5; operands input [2, 3], input [4, 5], input [4]"));

    [Test]
    public void Linear_BiasOfOtherSize_SaysWhatItMustBe() => Assert.That(
        () => Counting([2, 3]).Linear(Counting([4, 3]), Counting([3])),
        Throws.TypeOf<ShapeException>().With.Message.StartsWith("Linear: the bias must be [4];"));

    [Test]
    public void MatMul_OperandsOnTwoTapes_IsRefused()
    {
        using Tape other = Tape.ForInference(Tape.Backend);

        Assert.That(
            () => Counting([2, 2]).MatMul(other.Input([2, 2], [1, 2, 3, 4])),
            Throws.InvalidOperationException.With.Message.Contains("two tapes"));
    }
}
