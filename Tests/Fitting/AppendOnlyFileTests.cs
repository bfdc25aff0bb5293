using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class AppendOnlyFileTests
{
    [Test]
    public void LoadFrom_TextAfterTheCheckpoint_IsCutOffAndWrittenAgain()
    {
        using var folder = new FileFolder();
        string path = folder["samples.txt"];
        var notes = new Dictionary<string, double>();
        using (var file = new AppendOnlyFile(path))
        {
            file.Append("one é\n");
            file.SaveTo(notes);
            file.Append("two\nthree\n");
        }

        File.AppendAllText(path, "half a li");

        using (var file = new AppendOnlyFile(path))
        {
            file.LoadFrom(notes);
            file.Append("two\n");
        }

        Assert.That(notes, Is.EqualTo(new Dictionary<string, double> { ["samples.txt.lines"] = 1 }));
        Assert.That(File.ReadAllText(path), Is.EqualTo("one é\ntwo\n"));
    }

    [Test]
    public void Open_HalfALineAtTheEnd_IsCutOff()
    {
        using var folder = new FileFolder();
        string path = folder.Add("samples.txt", "one\nhalf a li"u8);

        using (var file = new AppendOnlyFile(path))
            file.Append("2\n");

        Assert.That(File.ReadAllText(path), Is.EqualTo("one\n2\n"));
    }

    [Test]
    public void LoadFrom_FileWithFewerLines_KeepsThem()
    {
        using var folder = new FileFolder();
        using (var file = new AppendOnlyFile(folder["samples.txt"]))
        {
            file.Append("one\n");
            file.LoadFrom(new Dictionary<string, double> { ["samples.txt.lines"] = 100 });
            file.Append("two\n");
        }

        Assert.That(File.ReadAllText(folder["samples.txt"]), Is.EqualTo("one\ntwo\n"));
    }

    [Test]
    public void LoadFrom_NoNote_KeepsTheFile()
    {
        using var folder = new FileFolder();
        using (var file = new AppendOnlyFile(folder["samples.txt"]))
        {
            file.Append("one\n");
            file.LoadFrom(new Dictionary<string, double>());
            file.Append("two\n");
        }

        Assert.That(File.ReadAllText(folder["samples.txt"]), Is.EqualTo("one\ntwo\n"));
    }

    [Test]
    public void SaveTo_TwoFilesOfOneName_Throws()
    {
        using var folder = new FileFolder();
        Directory.CreateDirectory(folder["other"]);
        using var file = new AppendOnlyFile(folder["samples.txt"]);
        using var other = new AppendOnlyFile(Path.Combine(folder["other"], "samples.txt"));
        var notes = new Dictionary<string, double>();
        file.SaveTo(notes);

        Assert.That(() => other.SaveTo(notes), Throws.ArgumentException.With.Message.Contains("samples.txt.lines"));
    }

    [Test]
    public void Append_HalfALine_Throws()
    {
        using var folder = new FileFolder();
        using var file = new AppendOnlyFile(folder["samples.txt"]);

        Assert.That(() => file.Append("one"), Throws.ArgumentException);
    }
}
