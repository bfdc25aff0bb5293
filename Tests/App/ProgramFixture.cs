namespace MiniLstm.Tests;

/// <summary>A folder of its own for each test, so that they can run at the same time.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public abstract class ProgramTests : ProgramFixture
{
    [SetUp]
    public void SetUp() => MakeFolder();

    [TearDown]
    public void TearDown() => DeleteFolder();
}

/// <summary>A folder with a small text, and the arguments of a training that takes about a second.</summary>
public abstract class ProgramFixture
{
    /// <summary>A model and windows so small that steps take a millisecond.</summary>
    private static readonly string[] _tiny =
    [
        "--hidden", "8", "--embedding", "4", "--layers", "2", "--dropout", "0.1", "--window", "8", "--batch", "4",
        "--threads", "1",
    ];

    /// <summary>The current folder of the program.</summary>
    protected string Folder { get; private set; } = "";

    protected void MakeFolder()
    {
        Folder = Directory.CreateTempSubdirectory("minilstm-").FullName;
        File.WriteAllText(In("text.txt"), Text);
    }

    protected void DeleteFolder() => Directory.Delete(Folder, recursive: true);

    /// <summary>A text of 2,700 characters in which there is something to learn.</summary>
    protected static string Text { get; } =
        string.Concat(Enumerable.Range(0, 100).Select(n => $"line {n % 7} of the text, {n * n % 11}.\n"));

    /// <summary>The arguments of a tiny training on that text.</summary>
    protected static string[] Tiny(string run, int steps, params string[] more) =>
        ["train", "--data", "text.txt", "--out", run, "--steps", $"{steps}", .. _tiny, .. more];

    /// <summary>Arguments with one of them replaced.</summary>
    protected static string[] Replace(string[] arguments, string old, string by) =>
        [.. arguments.Select(argument => argument == old ? by : argument)];

    /// <summary>A path in the folder.</summary>
    protected string In(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Runs the program to its end.</summary>
    internal ProgramResult Run(params string[] arguments) => ProgramRun.Run(Folder, arguments);

    /// <summary>Makes a run, which must succeed.</summary>
    internal ProgramResult Train(string run, int steps, params string[] more)
    {
        ProgramResult result = Run(Tiny(run, steps, more));
        Assert.That(result.Code, Is.Zero, result.ToString());
        return result;
    }

    /// <summary>Asserts that something failed as everything should: with a code and one line that says what.</summary>
    internal static void AssertOneLine(ProgramResult result, int code, params string[] parts)
    {
        Assert.That(result.Code, Is.EqualTo(code), result.ToString());
        Assert.That(result.Error, Does.Match(@"^minilstm: [^\n]+\n$"), "one line on standard error");
        Assert.That(result.Error, Does.Not.Contain("   at ").And.Not.Contain("this should not have happened"));
        foreach (string part in parts)
            Assert.That(result.Error, Does.Contain(part));
    }
}
