using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>The programs of Model's README give the numbers of the frameworks that they are compared with there.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class ReadmeProgramTests(TestBackend device) : BackendFixture(device)
{
    private const double Bound = 1e-4;

    private FileFolder Folder { get; set; } = null!;

    private string Start => Folder["start.safetensors"];

    [SetUp]
    public void MakeFolder() => Folder = new FileFolder();

    [TearDown]
    public void DeleteFolder() => Folder.Dispose();

    [Test]
    public void KerasProgram_GivesTheFiguresOfKeras()
    {
        ParityCase run = ParityCase.LoadKeras("fit-adam");
        using (var model = new Sequential(new Embedding(13, 6), new Lstm(8) { SeparateBiases = false }, new Dense(13)))
        {
            model.Build(Backend, seed: 2);
            KerasWeights.Set(model, run);
            model.SaveWeights(Start);
        }

        Samples x = Samples.OfIds(run.Integers("input.x"), new(run.Shape("input.x")));
        (History history, Samples predictions) = KerasProgram.Run(Backend, x, run.Integers("input.y"), Start);

        Assert.That(history["loss"], Is.EqualTo(run.Values("output.loss")).Within(Bound));
        Assert.That(history["accuracy"], Is.EqualTo(run.Values("output.accuracy")).Within(Bound));
        Assert.That(predictions.Values.ToArray(), Is.EqualTo(run.Values("output.predict")).Within(Bound));
    }

    [TestCase("training-lstm-1-layer")]
    [TestCase("training-lstm-2-layers")]
    public void PyTorchProgram_GivesTheLossesAndNormsOfPyTorch(string name)
    {
        ParityCase run = ParityCase.Load(name);
        (string, View)[] weights =
            [.. run.Names.Where(n => n.StartsWith("param.", StringComparison.Ordinal)).Select(n => (n["param.".Length..], Memory(run, n)))];
        TensorFile.Write(Start, Backend, weights);
        foreach ((_, View view) in weights)
            Backend.Pool.Return(view);
        int[][] windows =
            [.. Enumerable.Range(1, Option("training_steps")).Select(step => run.Integers($"input.step{step:00}.ids"))];

        (List<double> losses, List<double> norms) = PyTorchProgram.Run(
            Backend,
            Start,
            windows,
            Option("vocabulary"),
            Option("embedding"),
            Option("hidden"),
            Option("layers"),
            Option("batch"),
            run.Case.GetProperty("lr").GetDouble(),
            run.Case.GetProperty("clip_norm").GetDouble());

        Assert.That(losses, Is.EqualTo(run.Values("output.losses")).Within(Bound));
        Assert.That(norms, Is.EqualTo(run.Values("output.gradient_norms")).Within(Bound));

        int Option(string option) => run.Case.GetProperty(option).GetInt32();
    }

    [TestCase(nameof(KerasProgram))]
    [TestCase(nameof(PyTorchProgram))]
    public void Readme_ShowsTheProgram(string program)
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "Model", "README.md"));
        Assert.That(readme, Does.Contain($"<!-- Tests/Docs/{program}.cs: {program} -->\n```csharp\n"));
    }

    private View Memory(ParityCase run, string name)
    {
        View view = Backend.Pool.Rent(new(run.Shape(name)), "weights of a reference case");
        Backend.Upload(view, run.Values(name));
        return view;
    }
}
