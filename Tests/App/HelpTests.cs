using MiniLstm.Kernels;

namespace MiniLstm.Tests;

public sealed class HelpTests : ProgramTests
{
    [TestCase("train", "--data", "--resume", "--minutes", "--cell", "--optimizer", "--init-from")]
    [TestCase("generate", "--prompt", "--temperature", "--stop")]
    [TestCase("evaluate", "--baseline", "--streams")]
    [TestCase("summary", "--run")]
    [TestCase("import", "--out", "--like")]
    [TestCase("export", "--run", "--format")]
    [TestCase("devices")]
    [TestCase("selftest", "--device")]
    public void Help_OfACommand_ListsItsOptionsAndAnExample(string command, params string[] options)
    {
        ProgramResult result = Run(command, "--help");
        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(result.Error, Is.Empty);
        foreach (string option in options)
            Assert.That(result.Output, Does.Contain($"  {option} "));
        Assert.That(result.Output, Does.Match($@"Examples:\n  (.+\| )?minilstm {command}"));
    }

    [Test]
    public void Help_OfTheProgram_ListsTheCommands()
    {
        ProgramResult result = Run("--help");
        Assert.That(result.Code, Is.Zero, result.ToString());
        foreach (string command in (string[])["train", "generate", "evaluate", "summary", "import", "export", "devices", "selftest"])
            Assert.That(result.Output, Does.Contain($"\n  {command} ").And.Contain($"minilstm {command}"));
    }

    [Test]
    public void Version_IsPrinted()
    {
        Assert.That(Run("--version").Output, Does.Match(@"^\d+\.\d+\.\d+"));
    }

    [Test]
    public void Devices_AreListed()
    {
        string output = Run("devices").Output;
        Assert.That(output, Does.Match(@"(?m)^host .*threads, vectors of \d x \d+ bits"));
        Assert.That(output, Does.Match("(?m)^reference "));
        foreach (string kind in DeviceList.Kinds)
            Assert.That(output, Does.Match($"(?m)^{kind} "));
        Assert.That(output, Does.Match(@"(?m)^auto +(host \(it takes only graphics processors, .+\)|cuda|opencl)$"));
        Assert.That(output, Does.Match(@"(?m)^host .* \d+\.\d GB of memory$"));
    }
}
