namespace MiniLstm.Tests;

/// <summary>The arrows between projects, and what each may take from outside.</summary>
public sealed class ProjectTests
{
    [TestCase("Engine")]
    [TestCase("Model", "Engine")]
    [TestCase("Training", "Model")]
    [TestCase("Kernels", "Engine")]
    [TestCase("App", "Kernels", "Training")]
    [TestCase("Bench", "Kernels", "Training")]
    [TestCase("Tests", "App")]
    public void Project_RefersTo_ItsLowerNeighboursOnly(string project, params string[] expected)
    {
        Assert.That(Repository.References(project, "ProjectReference"), Is.EqualTo(expected));
    }

    [TestCase("Engine", "System.Numerics.Tensors")]
    [TestCase("Model")]
    public void Libraries_TakeNoPackage_BeyondThoseAllowed(string project, params string[] allowed)
    {
        Assert.That(Repository.References(project, "PackageReference"), Is.SubsetOf(allowed));
    }

    [TestCase("Engine")]
    [TestCase("Model")]
    [TestCase("Training")]
    public void Libraries_AreMarked_CompatibleWithAheadOfTimeCompilation(string project)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, project, project + ".csproj"));
        Assert.That(text, Does.Contain("<IsAotCompatible>true</IsAotCompatible>"));
    }

    [Test]
    public void NoProject_States_APackageVersionItself()
    {
        foreach (string project in Repository.Projects)
        {
            string text = File.ReadAllText(Path.Combine(Repository.Root, project, project + ".csproj"));
            Assert.That(text, Does.Not.Match("<PackageReference[^>]*Version="), project);
        }
    }
}
