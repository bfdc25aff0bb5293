using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class EmbeddingTests : OperationFixture
{
    [Test]
    public void Embedding_IdsOfTwoAxes_GivesARowForEach()
    {
        Tensor y = Counting([3, 2]).Embedding(Tape.Indices([1, 2], [2, 0]));

        Assert.That($"{y.Shape}", Is.EqualTo("[1, 2, 2]"));
        Assert.That(y.ToArray(), Is.EqualTo([5, 6, 1, 2]));
    }

    [Test]
    public void Embedding_RepeatedId_AddsItsGradients()
    {
        Tensor table = Counting([3, 1]);

        Assert.That(GradientOf(table, table.Embedding(Tape.Indices([3], [2, 0, 2]))), Is.EqualTo([2, 0, 1 + 3]));
    }

    [Test]
    public void Embedding_PaddingId_GetsNoGradient()
    {
        Tensor table = Counting([3, 1]);
        Tensor y = table.Embedding(Tape.Indices([3], [2, 0, 2]), paddingId: 2);

        Assert.That(y.ToArray(), Is.EqualTo([3, 1, 3]));
        Assert.That(GradientOf(table, y), Is.EqualTo([2, 0, 0]));
    }

    [TestCase(3)]
    [TestCase(-1)]
    public void Embedding_IdNotInTheTable_NamesIt(int id) => Assert.That(
        () => Counting([3, 2]).Embedding(Tape.Indices([2], [0, id])),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.EqualTo(
            $"Embedding: id {id}, expected 0 to 2; operands input [3, 2], ids [2]"));

    [Test]
    public void Embedding_PaddingIdNotInTheTable_NamesIt() => Assert.That(
        () => Counting([3, 2]).Embedding(Tape.Indices([1], [0]), paddingId: 3),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith(
            "Embedding: padding id 3, expected 0 to 2;"));

    [Test]
    public void Embedding_IdsOfFourAxes_IsRefused() => Assert.That(
        () => Counting([3, 2]).Embedding(Tape.Indices([1, 1, 1, 1], [0])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Embedding: ids [1, 1, 1, 1], expected one to 3 axes; operands input [3, 2]"));

    [Test]
    public void Embedding_TableOfOneAxis_IsRefused() => Assert.That(
        () => Counting([3]).Embedding(Tape.Indices([1], [0])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Embedding: the table must be [ids, features]; operands input [3]"));
}
