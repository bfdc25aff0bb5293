namespace MiniLstm.Tests;

/// <summary>Where files lie and how long they are.</summary>
public sealed class FolderTests
{
    private const int LongestFile = 400;

    [Test]
    public void TopLevel_HoldsTheProjects_AndNoOtherFolder()
    {
        IEnumerable<string> folders = Directory.EnumerateDirectories(Repository.Root)
            .Select(folder => Path.GetFileName(folder)!)
            .Where(name => name is not ".git" and not ".vs" and not ".vscode" and not ".idea" and not "runs" and not "TestResults");
        Assert.That(folders, Is.EquivalentTo(Repository.Projects.Append(".ci")));
    }

    [Test]
    public void Sources_LieAtMostTwoFoldersDeep()
    {
        IEnumerable<string> tooDeep = Repository.Sources.Where(file => file.Count(c => c == '/') > 2);
        Assert.That(tooDeep, Is.Empty);
    }

    [Test]
    public void Sources_AreAtMost400LinesLong()
    {
        IEnumerable<string> tooLong = Repository.Sources
            .Select(file => (Name: file, Lines: File.ReadLines(Path.Combine(Repository.Root, file)).Count()))
            .Where(file => file.Lines > LongestFile)
            .Select(file => $"{file.Name}: {file.Lines} lines");
        Assert.That(tooLong, Is.Empty);
    }

    [Test]
    public void Namespaces_AreTheProjects_WithOperationsApart()
    {
        foreach (string file in Repository.Sources)
        {
            string project = file[..file.IndexOf('/')];
            string expected = file.StartsWith("Engine/Operations/", StringComparison.Ordinal)
                ? "MiniLstm.Engine.Operations"
                : $"MiniLstm.{project}";
            string? line = File.ReadLines(Path.Combine(Repository.Root, file))
                .FirstOrDefault(text => text.StartsWith("namespace ", StringComparison.Ordinal));
            Assert.That(line, Is.EqualTo($"namespace {expected};"), file);
        }
    }

    [Test]
    public void EveryProject_HasAReadme()
    {
        IEnumerable<string> without = Repository.Projects
            .Where(project => !File.Exists(Path.Combine(Repository.Root, project, "README.md")));
        Assert.That(without, Is.Empty);
    }
}
