using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class WeightsFileTests
{
    private Backend Device { get; set; } = null!;

    private FileFolder Folder { get; set; } = null!;

    private string FilePath => Folder["weights.safetensors"];

    [SetUp]
    public void WriteFile()
    {
        Device = new ReferenceBackend();
        Folder = new FileFolder();
        using Sequential model = Built(seed: 1, new Embedding(5, 3), new Lstm(4), new Dense(2));
        model.SaveWeights(FilePath);
    }

    [TearDown]
    public void DeleteFile()
    {
        Folder.Dispose();
        Device.Dispose();
    }

    [Test]
    public void LoadWeights_SameModel_GivesAllToTheBit()
    {
        using Sequential saved = Built(seed: 1, new Embedding(5, 3), new Lstm(4), new Dense(2));
        using Sequential model = Built(seed: 2, new Embedding(5, 3), new Lstm(4), new Dense(2));

        WeightsReport report = model.LoadWeights(FilePath);

        Assert.That(TinyProblem.Weights(model), Is.EqualTo(TinyProblem.Weights(saved)));
        Assert.That(report.Loaded.Select(tensor => tensor.Parameter), Is.EqualTo(model.Parameters.All.Select(p => p.Name)));
        Assert.That(report.Missing, Is.Empty);
        Assert.That(report.Unexpected, Is.Empty);
    }

    [Test]
    public void LoadWeights_OtherHead_ListsMissingAndUnexpectedAndChangesNothing()
    {
        using Sequential model = Built(seed: 2, new Embedding(5, 3), new Lstm(4), new Dense(2) { Name = "head" });
        double[] before = TinyProblem.Weights(model);

        Assert.That(
            () => model.LoadWeights(FilePath),
            Throws.TypeOf<ModelFileException>().With.Message.EqualTo(
                $"{FilePath}: tensors missing: \"head.weight\", \"head.bias\"; unexpected: \"dense.weight\", \"dense.bias\""));
        Assert.That(TinyProblem.Weights(model), Is.EqualTo(before));
    }

    [Test]
    public void LoadWeights_OtherHeadLeniently_LoadsTheRestAndReports()
    {
        using Sequential saved = Built(seed: 1, new Embedding(5, 3), new Lstm(4), new Dense(2));
        using Sequential model = Built(seed: 2, new Embedding(5, 3), new Lstm(4), new Dense(2) { Name = "head" });
        double[] head = model.Parameters["head.weight"].ToArray();

        WeightsReport report = model.LoadWeights(FilePath, strict: false);

        Assert.That(report.Missing, Is.EqualTo(["head.weight", "head.bias"]));
        Assert.That(report.Unexpected, Is.EqualTo(["dense.weight", "dense.bias"]));
        Assert.That(report.Loaded[0], Is.EqualTo(new LoadedTensor("embedding.weight", SafetensorsType.F64, "embedding.weight")));
        Assert.That(report.Loaded, Has.Count.EqualTo(5));
        Assert.That(model.Parameters["lstm.weight_hh_l0"].ToArray(), Is.EqualTo(saved.Parameters["lstm.weight_hh_l0"].ToArray()));
        Assert.That(model.Parameters["head.weight"].ToArray(), Is.EqualTo(head));
    }

    [Test]
    public void LoadWeights_OtherShapeLeniently_IsRefusedAllTheSame()
    {
        using Sequential model = Built(seed: 2, new Embedding(5, 3), new Lstm(4), new Dense(3));
        double[] before = TinyProblem.Weights(model);

        Assert.That(
            () => model.LoadWeights(FilePath, strict: false),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("dense.weight F64 [2, 4], expected the shape [3, 4]"));
        Assert.That(TinyProblem.Weights(model), Is.EqualTo(before));
    }

    private Sequential Built(ulong seed, params Layer[] layers)
    {
        var model = new Sequential(layers);
        model.Build(Device, seed);
        return model;
    }
}
