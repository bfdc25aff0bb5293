using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixture]
public sealed class PathLogTests
{
    [Test]
    public void TakeNew_SameWayTwice_TellsItOnce()
    {
        var log = new PathLog();
        log.Note("product", 2, 3, "a");
        log.Note("product", 2, 3, "a");
        Assert.That(log.TakeNew(), Is.EqualTo(new[] { "product [2 x 3]: a" }));
        log.Note("product", 2, 3, "a");
        Assert.That(log.TakeNew(), Is.Empty);
    }

    [Test]
    public void TakeNew_AnotherWay_TellsItAgain()
    {
        var log = new PathLog();
        log.Note("product", 2, 3, "a");
        log.TakeNew();
        log.Note("product", 2, 3, "b");
        Assert.That(log.TakeNew(), Is.EqualTo(new[] { "product [2 x 3]: b" }));
    }

    [TestCase(0.0, "the table is projected")]
    [TestCase(0.5, "each token's row is gathered")]
    public void Forward_DropoutAfterTheEmbedding_NotesWhetherTheTableIsUsed(double dropout, string way)
    {
        using HostBackend device = HostBackend.Create();
        using var model = new Sequential(
            new Embedding(4, 3), new Dropout(dropout), new Lstm(5, returnSequences: true), new Dense(4));
        model.Build(device, seed: 1);
        using Tape tape = Tape.ForTraining(device);
        model.Forward(tape, tape.Indices([6, 2], new int[12]));
        IReadOnlyList<string> notes = device.Paths.TakeNew();
        Assert.That(notes, Has.One.StartsWith("token table [12 x 4]: " + way));
        Assert.That(notes, Has.One.StartsWith("recurrent step [2 x 5]: product and cell fused"));
        Assert.That(notes, Has.One.StartsWith("recurrent layer [2 x 5]: one thread"));
    }
}
