using System.Text;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixture]
public sealed class AtomicFileTests
{
    [Test]
    public void Write_NewAndExisting_LeavesTheContentAlone()
    {
        using var folder = new FileFolder();
        AtomicFile.Write(folder["model"], stream => stream.Write("first, longer"u8));
        Assert.That(File.ReadAllText(folder["model"]), Is.EqualTo("first, longer"));
        AtomicFile.Write(folder["model"], stream => stream.Write("second"u8));
        Assert.That(File.ReadAllText(folder["model"]), Is.EqualTo("second"));
        Assert.That(folder.Names, Is.EqualTo(["model"]));
    }

    [Test]
    public void Write_RelativePath_UsesTheCurrentFolder()
    {
        string name = $"minilstm-{Guid.NewGuid():N}";
        try
        {
            AtomicFile.Write(name, stream => stream.Write("here"u8));
            Assert.That(File.ReadAllText(Path.Combine(Directory.GetCurrentDirectory(), name)), Is.EqualTo("here"));
        }
        finally
        {
            File.Delete(name);
        }
    }

    /// <summary>What a kill would leave at each instant: the target is looked at between the writes, where the process
    /// could end.</summary>
    [Test]
    public void Write_AtEveryInstant_ThePreviousFileIsWhole()
    {
        using var folder = new FileFolder();
        folder.Add("model", "previous"u8);
        AtomicFile.Write(folder["model"], stream =>
        {
            for (int i = 0; i < 100; i++)
            {
                stream.Write(Encoding.ASCII.GetBytes(new string('x', 1000)));
                Assert.That(File.ReadAllText(folder["model"]), Is.EqualTo("previous"));
            }

            stream.Flush();
            string temporary = folder.Names.Single(name => name != "model");
            Assert.That(temporary, Does.Match(@"^\.model\.[0-9a-f]{32}\.tmp$"));
            Assert.That(new FileInfo(folder[temporary]).Length, Is.EqualTo(100_000));
        });
        Assert.That(new FileInfo(folder["model"]).Length, Is.EqualTo(100_000));
    }

    [Test]
    public void Write_ContentFails_KeepsThePreviousFileAndNothingElse()
    {
        using var folder = new FileFolder();
        folder.Add("model", "previous"u8);
        var failure = new IOException("disk full");
        Assert.That(() => AtomicFile.Write(folder["model"], stream =>
        {
            stream.Write(new byte[100_000]);
            throw failure;
        }), Throws.Exception.SameAs(failure), "as it is, not wrapped");
        Assert.That(File.ReadAllText(folder["model"]), Is.EqualTo("previous"));
        Assert.That(folder.Names, Is.EqualTo(["model"]));
    }

    [Test]
    public void Write_TargetIsAFolder_FailsAndLeavesNothing()
    {
        using var folder = new FileFolder();
        Directory.CreateDirectory(folder["model"]);
        Assert.That(() => AtomicFile.Write(folder["model"], stream => stream.Write("x"u8)),
            Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Assert.That(folder.Names, Is.EqualTo(["model"]));
    }

    [Test]
    public void Write_NoFolder_ThrowsWhatTheSystemSays()
    {
        using var folder = new FileFolder();
        Assert.That(() => AtomicFile.Write(Path.Combine(folder["none"], "model"), stream => stream.Write("x"u8)),
            Throws.TypeOf<DirectoryNotFoundException>());
    }

    [Test]
    public void Write_LeftoverOfAKilledProcess_IsDeleted()
    {
        using var folder = new FileFolder();
        string leftover = $".model.{Guid.NewGuid():N}.tmp";
        string[] others =
            [$".model.{Guid.NewGuid():N}", ".model.tmp", $".model.json.{Guid.NewGuid():N}.tmp", "model.tmp"];
        foreach (string name in (string[])[leftover, .. others])
            folder.Add(name, "half"u8);

        AtomicFile.Write(folder["model"], stream => stream.Write("whole"u8));
        Assert.That(folder.Names, Is.EquivalentTo((string[])["model", .. others]), "and none that only looks similar");
    }

    [Test]
    public void Write_WhileAnotherWrites_BothSucceedAndTheLastWins()
    {
        using var folder = new FileFolder();
        AtomicFile.Write(folder["model"], outer =>
        {
            outer.Write("outer"u8);
            AtomicFile.Write(folder["model"], inner => inner.Write("inner"u8));
            Assert.That(File.ReadAllText(folder["model"]), Is.EqualTo("inner"));
        });
        Assert.That(File.ReadAllText(folder["model"]), Is.EqualTo("outer"));
        Assert.That(folder.Names, Is.EqualTo(["model"]));
    }
}
