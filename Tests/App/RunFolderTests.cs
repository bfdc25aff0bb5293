using MiniLstm.App;

namespace MiniLstm.Tests;

public sealed class RunFolderTests
{
    [TestCase("texts/run", true)]
    [TestCase("texts", true)]
    [TestCase("texts/../run", false)]
    [TestCase("textsmore", false)]
    [TestCase("..texts", false)]
    public void IsInside_FoldersBelow_AreTheOnlyOnes(string path, bool expected)
    {
        Assert.That(RunFolder.IsInside(path, Path.GetFullPath("texts")), Is.EqualTo(expected));
    }
}
