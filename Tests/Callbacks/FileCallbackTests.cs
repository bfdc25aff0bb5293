using System.Text.Json;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Callbacks that write files.</summary>
public sealed class FileCallbackTests : CallbackFixture
{
    [Test]
    public void CsvLogger_WritesALineOfNames_ThenOneForEachEpoch()
    {
        using var folder = new FileFolder();
        History history;
        using (var logger = new CsvLogger(folder["log.csv"], separator: ';'))
            (_, history) = Fit([0.25, 4], logger);

        string[] lines = File.ReadAllLines(folder["log.csv"]);
        Assert.That(lines[0], Is.EqualTo("epoch;loss;scripted;learning_rate"));
        Assert.That(
            lines[1], Is.EqualTo(FormattableString.Invariant($"1;{history["loss"][0]};0.25;0.02")));
        Assert.That(lines, Has.Length.EqualTo(3));
    }

    [Test]
    public void JsonLinesLogger_WritesAnObjectForEachEpoch()
    {
        using var folder = new FileFolder();
        using (var logger = new JsonLinesLogger(folder["log.jsonl"]))
            Fit([0.25, double.NaN], logger);

        string[] lines = File.ReadAllLines(folder["log.jsonl"]);
        using JsonDocument first = JsonDocument.Parse(lines[0]);
        using JsonDocument second = JsonDocument.Parse(lines[1]);
        Assert.That(first.RootElement.GetProperty("scripted").GetDouble(), Is.EqualTo(0.25));
        Assert.That(first.RootElement.GetProperty("learning_rate").GetDouble(), Is.EqualTo(0.02));
        Assert.That(second.RootElement.GetProperty("epoch").GetInt32(), Is.EqualTo(2));
        Assert.That(second.RootElement.GetProperty("scripted").GetString(), Is.EqualTo("NaN"));
    }

    [Test]
    public void ModelCheckpoint_SaveBestOnly_KeepsTheWeightsOfTheBestEpoch()
    {
        using var folder = new FileFolder();
        var weights = new List<double[]>();
        var look = new LambdaCallback(onEpochEnd: (learner, _) => weights.Add(TinyProblem.Weights(learner.Model)));

        Fit([5, 3, 4], look, new ModelCheckpoint(folder["best.safetensors"], "scripted", saveBestOnly: true));

        Assert.That(Saved(folder["best.safetensors"]), Is.EqualTo(weights[1]));
    }

    [Test]
    public void ModelCheckpoint_InitialBest_MustBeBeaten()
    {
        using var folder = new FileFolder();
        Fit(
            [5, 4],
            new ModelCheckpoint(folder["best.safetensors"], "scripted", saveBestOnly: true, initialBest: 3));
        Assert.That(File.Exists(folder["best.safetensors"]), Is.False);
    }

    [Test]
    public void ModelCheckpoint_EveryEpoch_PutsTheNumberInTheName()
    {
        using var folder = new FileFolder();
        Fit([5, 6], new ModelCheckpoint(folder["weights-{epoch}.safetensors"]));

        Assert.That(Saved(folder["weights-2.safetensors"]), Is.EqualTo(TinyProblem.Weights(Model)));
        Assert.That(Saved(folder["weights-1.safetensors"]), Is.Not.EqualTo(TinyProblem.Weights(Model)));
    }

    [Test]
    public void TensorBoard_WritesFiguresHistogramsAndHyperParameters()
    {
        using var folder = new FileFolder();
        var settings = new Dictionary<string, object> { ["units"] = 6 };
        using (var board = new TensorBoard(folder.Path, histogramsEvery: 2, settings))
        {
            using Learner learner = TinyProblem.Compile(Model, new Accuracy());
            learner.Fit(
                TinyProblem.Inputs, TinyProblem.Labels, epochs: 2, validationSplit: 0.3, callbacks: [board]);
        }

        Assert.That(
            Tags(folder["train"]),
            Is.SupersetOf(
                ["model@0", "epoch_loss@1", "epoch_accuracy@2", "epoch_learning_rate@1", "lstm.weight_hh_l0@2"]));
        Assert.That(Tags(folder["train"]), Has.None.EqualTo("lstm.weight_hh_l0@1"));
        Assert.That(
            Tags(folder["validation"]),
            Is.EqualTo(["epoch_loss@1", "epoch_accuracy@1", "epoch_loss@2", "epoch_accuracy@2"]));
        Assert.That(
            Tags(folder.Path),
            Is.EqualTo(["_hparams_/experiment@0", "_hparams_/session_start_info@0", "_hparams_/session_end_info@0"]));
    }

    [Test]
    public void TensorBoard_WithoutValidation_LeavesItsFolderOut()
    {
        using var folder = new FileFolder();
        using (var board = new TensorBoard(folder.Path))
            Fit([1], board);
        Assert.That(Directory.Exists(folder["validation"]), Is.False);
    }

    private static string[] Tags(string folder) =>
    [
        .. EventFileTests.Read(folder).Skip(1).Select(record => $"{record.Summary.Value[0].Tag}@{record.Step}"),
    ];

    private static double[] Saved(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var values = new List<double>();
        foreach (SafetensorsTensor tensor in file.Tensors)
        {
            double[] read = new double[tensor.Count];
            file.Read(tensor.Name, read);
            values.AddRange(read);
        }

        return [.. values];
    }
}
