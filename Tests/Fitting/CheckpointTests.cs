using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;
using NUnit.Framework.Constraints;

namespace MiniLstm.Tests;

public sealed class CheckpointTests : IDisposable
{
    private readonly ReferenceBackend _device = new();
    private readonly FileFolder _folder = new();

    [OneTimeSetUp]
    public void Train()
    {
        using var run = new TinyRun(_device, _folder.Path);
        run.Trainer.Run();
    }

    public void Dispose()
    {
        _folder.Dispose();
        _device.Dispose();
    }

    [Test]
    public void File_AfterARun_HoldsParametersMomentsAndState()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder["checkpoint.safetensors"]);

        Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.SupersetOf(
        [
            "embedding.weight", "lstm.weight_hh_l0", "dense.bias",
            "optimizer.moment1.embedding.weight", "optimizer.moment2.dense.bias",
            "state.lstm.h_l0", "state.lstm.c_l0",
        ]));
    }

    [Test]
    public void ReadHeader_AfterARun_TellsStepsRandomStreamsAndNotes()
    {
        CheckpointHeader header = CheckpointFile.ReadHeader(_folder["checkpoint.safetensors"]);

        Assert.That((header.Step, header.StepBudget), Is.EqualTo((24L, 24L)));
        Assert.That((header.Window, header.Batch, header.WindowsPerEpoch), Is.EqualTo((5, 3, 7)));
        Assert.That(header.RandomOffsets, Is.EqualTo([24UL * 5 * 3 * 8]));
        Assert.That(header.Notes.Keys, Is.SupersetOf(
            ["trainer.bestLoss", "schedule.best", "stopOnPlateau.misses", "metrics.jsonl.lines"]));
    }

    [Test]
    public void Restore_OtherWindows_SaysWhatDiffers()
    {
        using var run = new TinyRun(_device, NewFolder("windows"));
        var windows = new Windows(TinyRun.Text(116, seed: 2), steps: 6, batch: 3, seed: 3);
        using var trainer = new LanguageModelTrainer(run.Model, windows, run.Trainer.Options);

        Assert.That(
            () => trainer.Restore(_folder["checkpoint.safetensors"]),
            Wrong("a checkpoint with windows of 5, the run has 6"));
    }

    [Test]
    public void Restore_OtherStepBudget_SaysWhatDiffers()
    {
        using var run = new TinyRun(_device, NewFolder("budget"), change: options => options with { Steps = 30 });

        Assert.That(
            () => run.Trainer.Restore(_folder["checkpoint.safetensors"]),
            Wrong("a checkpoint with step budget 24, the run has 30"));
    }

    [TestCase(2UL, 5UL, "a checkpoint with windows of seed 3, the run has 5")]
    [TestCase(6UL, 3UL, "a checkpoint with a training text of SHA-256 ")]
    public void Restore_OtherWindowsSeedOrText_SaysWhatDiffers(ulong textSeed, ulong seed, string message)
    {
        using var run = new TinyRun(_device, NewFolder("text"));
        var windows = new Windows(TinyRun.Text(116, textSeed), steps: 5, batch: 3, seed);
        using var trainer = new LanguageModelTrainer(run.Model, windows, run.Trainer.Options);

        Assert.That(() => trainer.Restore(_folder["checkpoint.safetensors"]), Wrong(message));
    }

    [Test]
    public void Restore_ModelOfOtherSeed_SaysWhatDiffers()
    {
        using var run = new TinyRun(_device, NewFolder("seed"));
        using Sequential model = TinyRun.NewModel(_device, seed: 9);
        using var trainer = new LanguageModelTrainer(model, TinyRun.NewWindows(), run.Trainer.Options);

        Assert.That(
            () => trainer.Restore(_folder["checkpoint.safetensors"]),
            Wrong("a checkpoint with random streams of seeds 4, the run has 9"));
    }

    [Test]
    public void Restore_OtherOptimizer_NamesTheMomentsThatDoNotFit()
    {
        using var run = new TinyRun(
            _device, NewFolder("optimizer"), change: options => options with { Optimizer = new Sgd(0.1) });

        Assert.That(
            () => run.Trainer.Restore(_folder["checkpoint.safetensors"]),
            Wrong("optimizer.moment2.embedding.weight"));
    }

    [Test]
    public void ReadHeader_FileThatIsNotThere_SaysSo() =>
        Assert.That(() => CheckpointFile.ReadHeader(_folder["nothing"]), Wrong("there is no such file"));

    [Test]
    public void ReadHeader_ModelFile_SaysThatItIsNoCheckpoint() =>
        Assert.That(
            () => CheckpointFile.ReadHeader(_folder["model.safetensors"]),
            Wrong("no metadata 'checkpoint': not a checkpoint"));

    [Test]
    public void ReadHeader_LaterVersion_SaysWhichIsKnown() =>
        Assert.That(
            () => CheckpointFile.ReadHeader(Write("""{"format":"minilstm-checkpoint","version":2,"anything":0}""")),
            Wrong("format 'minilstm-checkpoint' version 2, expected 'minilstm-checkpoint' version 1"));

    [TestCase("not json")]
    [TestCase("null")]
    [TestCase("""{"format":"minilstm-checkpoint","version":1}""")]
    [TestCase("""{"format":"minilstm-checkpoint","version":1,"version":1}""")]
    public void ReadHeader_UnsoundMetadata_IsRefused(string json) =>
        Assert.That(() => CheckpointFile.ReadHeader(Write(json)), Throws.InstanceOf<ModelFileException>());

    [TestCase("\"step\":1", "\"step\":-1")]
    [TestCase("\"step\":1", "\"step\":16777216")]
    [TestCase("[2]", "[-2]")]
    [TestCase("{}", "null")]
    [TestCase("{}", "{\"a\":true}")]
    [TestCase("{}", "{},\"more\":1")]
    public void ReadHeader_UnsoundProperty_IsRefused(string sound, string unsound)
    {
        const string Json =
            """{"format":"minilstm-checkpoint","version":1,"step":1,"stepBudget":1,"window":5,"batch":3""" +
            ""","windowsPerEpoch":7,"windowsSeed":3,"textHash":"00","randomSeeds":[4]""" +
            ""","randomOffsets":[2],"notes":{}}""";

        Assert.That(() => CheckpointFile.ReadHeader(Write(Json)), Throws.Nothing);
        Assert.That(
            () => CheckpointFile.ReadHeader(Write(Json.Replace(sound, unsound, StringComparison.Ordinal))),
            Throws.InstanceOf<ModelFileException>());
    }

    private static ContainsConstraint Wrong(string message) =>
        Throws.InstanceOf<ModelFileException>().With.Message.Contains(message);

    private string NewFolder(string name) => Directory.CreateDirectory(_folder[name]).FullName;

    private string Write(string json)
    {
        string path = _folder["case.safetensors"];
        using FileStream stream = File.Create(path);
        new SafetensorsWriter(stream, [], new Dictionary<string, string> { ["checkpoint"] = json }).Complete();
        return path;
    }
}
