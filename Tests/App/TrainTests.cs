using System.Text.Json;

namespace MiniLstm.Tests;

public sealed class TrainTests : ProgramTests
{
    [Test]
    public void Train_Json_EndsWithOneObjectOfResults()
    {
        ProgramResult result = Train("run", 220, "--json");

        using JsonDocument json = JsonDocument.Parse(result.LastLine);
        JsonElement report = json.RootElement;
        Assert.That(report.GetProperty("run").GetString(), Is.EqualTo("run"));
        Assert.That(report.GetProperty("steps").GetInt64(), Is.EqualTo(220));
        double loss = report.GetProperty("validationLoss").GetDouble();
        Assert.That(loss, Is.InRange(0.5, 3.2));
        Assert.That(report.GetProperty("bitsPerCharacter").GetDouble(), Is.EqualTo(loss / Math.Log(2)).Within(1e-9));
        Assert.That(report.GetProperty("trainLoss").GetDouble(), Is.InRange(0.5, 3.2));
        Assert.That(report.GetProperty("tokensPerSecond").GetDouble(), Is.Positive);
        Assert.That(report.GetProperty("seconds").GetDouble(), Is.Positive);
        Assert.That(report.GetProperty("peakBytes").GetInt64(), Is.GreaterThan(10_000_000));
    }

    [Test]
    public void Train_Folder_HoldsAllThatBelongsToTheRun()
    {
        Train("run", 120);
        string[] expected =
        [
            "checkpoint.safetensors", "config.json", "loss.png", "metrics.jsonl", "model.safetensors", "samples.txt",
            "tokenizer.json", "training.json",
        ];
        Assert.That(
            Directory.EnumerateFileSystemEntries(In("run")).Select(Path.GetFileName),
            Is.EquivalentTo(expected));
        Assert.That(File.ReadAllText(In("run", "samples.txt")), Does.StartWith("=== step 100, validation loss "));
        Assert.That(File.ReadAllBytes(In("run", "loss.png")), Has.Length.GreaterThan(10_000));
    }

    [Test]
    public void Train_Output_StatesModelStateAndWhatToDoNext()
    {
        string output = Train("run", 30).Output;
        Assert.That(output, Does.Contain("lstm (Lstm)"));
        Assert.That(
            output,
            Does.Contain("carried from window to window, reset at the start of each epoch; gradients stop at window"));
        Assert.That(output, Does.Match(@"step 10/30  epoch 1  loss \d\.\d{3} nats, \d\.\d{3} bits per character"));
        Assert.That(output, Does.Contain("generate --run run").And.Contain("evaluate --run run --baseline"));
    }

    [Test]
    public void Train_WithoutOut_MakesARunNamedByTheTime_WhichIsTheDefaultOfTheOthers()
    {
        string[] arguments = [.. Tiny("?", 30).Where(argument => argument is not ("--out" or "?"))];
        Assert.That(Run(arguments).Code, Is.Zero);
        string run = Path.GetFileName(Directory.EnumerateDirectories(In("runs")).Single());
        Assert.That(run, Does.Match(@"^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$"));

        Assert.That(Run("evaluate").Output, Does.StartWith($"run       {Path.Combine("runs", run)}"));
    }

    [Test]
    public void Train_FolderThatIsNotEmpty_IsNeverTouched()
    {
        Directory.CreateDirectory(In("run"));
        File.WriteAllText(In("run", "mine.txt"), "mine");
        AssertOneLine(Run(Tiny("run", 10)), 2, "--out run", "never overwritten", "--resume run");
        Assert.That(
            Directory.EnumerateFileSystemEntries(In("run")).Select(Path.GetFileName),
            Is.EqualTo(new[] { "mine.txt" }));
    }

    [Test]
    public void Train_StandardInput_KeepsACopy_SoThatTheRunCanGoOn()
    {
        string[] arguments = Replace(Tiny("run", 30), "text.txt", "-");
        Assert.That(ProgramRun.RunWithInput(Folder, Text, arguments).Code, Is.Zero);
        Assert.That(File.ReadAllText(In("run", "data.txt")), Is.EqualTo(Text));
        Assert.That(Run("train", "--resume", "run").Output, Does.Contain("complete  30 of 30 steps"));
    }

    [Test]
    public void Train_FolderOfTexts_LearnsAllOfThem()
    {
        Directory.CreateDirectory(In("texts", "more"));
        for (int n = 0; n < 5; n++)
            File.WriteAllText(In("texts", "more", $"{n}.txt"), $"This is text {n}.\n" + Text);
        string[] arguments = Replace(Tiny("run", 10), "text.txt", "texts");
        ProgramResult result = Run(arguments);
        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.StartWith("text      texts: "));
    }

    [Test]
    public void Train_RunInsideItsOwnText_IsRefused()
    {
        string[] arguments = Replace(Tiny("run", 10), "text.txt", ".");
        AssertOneLine(Run(arguments), 2, "would lie inside", "--out");
        Assert.That(Directory.Exists(In("run")), Is.False);
    }

    [Test]
    public void Train_Epochs_MakesSoManyPasses()
    {
        int stepsOfAnEpoch = ((int)(0.9 * Text.Length) - 1) / 4 / 8;
        string[] arguments = Replace(Replace(Tiny("run", 10), "--steps", "--epochs"), "10", "2");
        Assert.That(Run(arguments).Output, Does.Contain($"finished  {2 * stepsOfAnEpoch} steps"));
    }

    [Test]
    public void Train_Minutes_FixesTheSteps_AndIsTheSameRunAsWithThatNumber()
    {
        string[] arguments = Replace(Replace(Tiny("timed", 10), "--steps", "--minutes"), "10", "0.09");
        ProgramResult timed = Run(arguments);
        Assert.That(timed.Code, Is.Zero, timed.ToString());
        using JsonDocument settings = JsonDocument.Parse(File.ReadAllText(In("timed", "training.json")));
        int steps = settings.RootElement.GetProperty("steps").GetInt32();
        Assert.That(settings.RootElement.GetProperty("minutes").GetDouble(), Is.EqualTo(0.09));
        Assert.That(
            timed.Output,
            Does.Contain($"--minutes 0.09 is {steps:N0} steps").And.Contain($"finished  {steps:N0} steps"));

        Train("counted", steps);
        Assert.That(
            File.ReadAllBytes(In("counted", "model.safetensors")),
            Is.EqualTo(File.ReadAllBytes(In("timed", "model.safetensors"))));
    }

    [Test]
    public void Train_OnTheReference_Works()
    {
        Assert.That(Train("run", 10, "--device", "reference").Output, Does.Contain("device    reference"));
    }
}
