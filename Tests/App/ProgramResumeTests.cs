using System.Globalization;
using System.Text.RegularExpressions;

namespace MiniLstm.Tests;

/// <summary>Whatever interrupts a run, it ends with the same bytes as one that nothing interrupted.</summary>
public sealed partial class ProgramResumeTests : ProgramTests
{
    private const int Steps = 1000;

    [Test]
    [Platform(Exclude = "Win", Reason = "there is no other way to send Ctrl-C to one process")]
    public void Interrupt_SavesAndSaysHowToGoOn_AndResumeEndsWithTheSameBytes()
    {
        Train("whole", Steps);
        using ProgramRun run = ProgramRun.Start(Folder, Tiny("run", Steps));
        WaitForSteps("run", 300);
        run.Interrupt();
        ProgramResult result = run.Finish();
        Assert.That(result.Code, Is.EqualTo(130), result.ToString());
        Assert.That(result.Output, Does.Match(@"interrupted after step \d+ of 1,000 and saved; "));
        Assert.That(result.Output, Does.Contain("train --resume run"));

        Assert.That(Run("train", "--resume", "run").Output, Does.Match(@"resumed   after step \d+ of 1,000"));
        AssertSameBytes("whole", "run");
    }

    [Test]
    public void Kill_AtAnyMoment_ResumeEndsWithTheSameBytes_WithAnyThreads()
    {
        Train("whole", Steps);
        int[] moments = [0, 250, 450, 900];
        using ProgramRun first = ProgramRun.Start(Folder, Tiny("run", Steps));
        WaitForSteps("run", moments[0]);
        first.Kill();
        first.Finish();
        foreach (int moment in moments[1..])
        {
            using ProgramRun next = ProgramRun.Start(Folder, "train", "--resume", "run", "--threads", "2");
            WaitForSteps("run", moment);
            next.Kill();
            next.Finish();
        }

        Assert.That(Run("train", "--resume", "run").Code, Is.Zero);
        AssertSameBytes("whole", "run");
    }

    [Test]
    public void Resume_TextHasChangedOrGone_IsRefused()
    {
        Train("run", 20);
        File.AppendAllText(In("text.txt"), "one line more\n");
        ProgramResult result = Run("train", "--resume", "run");
        AssertOneLine(result, 1, "text.txt: the text has changed since run began");
        Assert.That(result.Error, Does.Match("its SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}"));

        File.Delete(In("text.txt"));
        AssertOneLine(Run("train", "--resume", "run"), 2, "text.txt", "training.json");
    }

    [Test]
    public void Resume_WithASettingOfItsOwn_IsRefused()
    {
        Train("run", 20);
        foreach (string setting in (string[])["--hidden 16", "--data text.txt", "--precision tf32", "--out other"])
        {
            ProgramResult result = Run(["train", "--resume", "run", .. setting.Split(' ')]);
            AssertOneLine(result, 2, "--resume", setting.Split(' ')[0]);
        }
    }

    [Test]
    public void Resume_WhereThereAreNoTensorCores_GoesOnInFullPrecision()
    {
        Train("run", 20);
        string settings = In("run", "training.json");
        string began = File.ReadAllText(settings).Replace("\"fp32\"", "\"bf16\"").Replace("\"device\": \"host\"", "\"device\": \"cuda:7\"");
        File.WriteAllText(settings, began);

        ProgramResult result = Run("train", "--resume", "run", "--device", "host");
        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(
            result.Error,
            Is.EqualTo("note      the run began on cuda:7; on host it goes on, not to the same bits, and in fp32 instead of bf16, "
                + "for which it has no tensor cores\n"));
        Assert.That(File.ReadAllText(settings), Is.EqualTo(began), "where there are tensor cores, it may go on with them");
        AssertOneLine(Run("train", "--resume", "run"), 2, "cuda:7", "--device host or auto");
    }

    [Test]
    public void Resume_CompleteRun_SaysSoAndChangesNothing()
    {
        Train("run", 120);
        byte[] before = File.ReadAllBytes(In("run", "checkpoint.safetensors"));
        ProgramResult result = Run("train", "--resume", "run");
        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("complete  120 of 120 steps"));
        Assert.That(File.ReadAllBytes(In("run", "checkpoint.safetensors")), Is.EqualTo(before));
    }

    [Test]
    public void Resume_WhileAnotherProcessTrains_IsRefused()
    {
        using ProgramRun run = ProgramRun.Start(Folder, Tiny("run", 1_000_000));
        WaitForSteps("run", 10);
        AssertOneLine(Run("train", "--resume", "run"), 1, "another process is training");
        run.Kill();
        run.Finish();
    }

    [Test]
    public void Resume_DamagedCheckpoint_NamesTheFile()
    {
        Train("run", 20);
        string checkpoint = In("run", "checkpoint.safetensors");
        File.WriteAllBytes(checkpoint, File.ReadAllBytes(checkpoint)[..100]);
        AssertOneLine(Run("train", "--resume", "run"), 1, "checkpoint.safetensors");
    }

    [Test]
    public void Resume_CheckpointIsGone_IsRefused()
    {
        Train("run", 20);
        File.Delete(In("run", "checkpoint.safetensors"));
        AssertOneLine(Run("train", "--resume", "run"), 1, "checkpoint.safetensors", "is missing", "--init-from run");
    }

    /// <summary>Waits until a training has come to a step, as its metrics say; 0: until it began.</summary>
    private void WaitForSteps(string run, int step)
    {
        string metrics = In(run, "metrics.jsonl");
        DateTime end = DateTime.UtcNow.AddMinutes(2);
        while (StepOf(metrics) < step)
        {
            Assert.That(DateTime.UtcNow, Is.LessThan(end), "the training makes no steps");
            Thread.Sleep(2);
        }
    }

    private static int StepOf(string metrics)
    {
        if (!File.Exists(metrics))
            return -1;
        using var file = new FileStream(metrics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        MatchCollection steps = StepPattern().Matches(reader.ReadToEnd());
        return steps.Count > 0 ? int.Parse(steps[^1].Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    private void AssertSameBytes(string expected, string actual)
    {
        string[] names =
            ["model.safetensors", "checkpoint.safetensors", "config.json", "tokenizer.json", "training.json"];
        foreach (string name in names)
            Assert.That(File.ReadAllBytes(In(actual, name)), Is.EqualTo(File.ReadAllBytes(In(expected, name))), name);
        Assert.That(
            File.ReadAllText(In(actual, "samples.txt")),
            Is.EqualTo(File.ReadAllText(In(expected, "samples.txt"))));
        Assert.That(Timeless(In(actual, "metrics.jsonl")), Is.EqualTo(Timeless(In(expected, "metrics.jsonl"))));
    }

    /// <summary>The metrics without what depends on the clock.</summary>
    private static string Timeless(string metrics) => TimePattern().Replace(File.ReadAllText(metrics), "");

    [GeneratedRegex("\"step\":(\\d+)")]
    private static partial Regex StepPattern();

    [GeneratedRegex(",\"(tokensPerSecond|seconds)\":[^,}]+")]
    private static partial Regex TimePattern();
}
