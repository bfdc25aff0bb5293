using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Runs whose ninth step fails, which the host notices at step 10.</summary>
[TestFixtureSource(typeof(TrainingBackends))]
public sealed class FailureTests(TestBackend device) : BackendFixture(device)
{
    private const long LastGoodStep = 8;

    [Test]
    public void Run_WeightNotFinite_NamesTheStepAndTheFirstOperation()
    {
        using var folder = new FileFolder();
        AfterValidation poison = Fill("embedding.weight", double.NaN);
        using TinyRun run = NewRun(folder, "run", poison);

        Assert.That(
            () => run.Trainer.Run(),
            Throws.InstanceOf<TrainingFailedException>()
                .With.Property(nameof(TrainingFailedException.Step)).EqualTo(LastGoodStep + 1)
                .And.Message.StartsWith("step 9: ")
                .And.Message.Contains("forward produced NaN")
                .And.InnerException.InstanceOf<NonFiniteException>());
    }

    [Test]
    public void Run_GradientSquaresOverflow_SaysSo()
    {
        using var folder = new FileFolder();

        // Squares of such gradients exceed the largest number of the device, they themselves do not.
        double huge = Backend.Real == ElementKind.Float64 ? 1e200 : 1e32;
        AfterValidation poison = Fill("dense.weight", huge);
        using TinyRun run = NewRun(folder, "run", poison);

        Assert.That(
            () => run.Trainer.Run(),
            Throws.InstanceOf<TrainingFailedException>()
                .With.Message.StartsWith("step 9: every gradient is finite, but "));
    }

    [Test]
    public void Run_AgainAfterARepair_EqualsARunThatNeverFailed()
    {
        using var folder = new FileFolder();
        using TinyRun undisturbed = NewRun(folder, "undisturbed");
        undisturbed.Trainer.Run();
        double[] weights = [];
        var spoil = new AfterValidation(LastGoodStep, parameters =>
        {
            weights = parameters["dense.weight"].ToArray();
            AfterValidation.Fill(parameters["dense.weight"], double.NaN);
        });
        using TinyRun run = NewRun(folder, "spoilt", spoil);
        Assert.That(() => run.Trainer.Run(), Throws.InstanceOf<TrainingFailedException>());
        Assert.That(run.Trainer.CompletedSteps, Is.EqualTo(LastGoodStep));

        // Weights, moments, recurrent state, random streams and the sum of losses must all be those after step 8.
        run.Model.Parameters["dense.weight"].Set(weights);
        run.Trainer.Run();
        Assert.That(run.Results, Is.EqualTo(undisturbed.Results));
    }

    private static AfterValidation Fill(string name, double value) =>
        new(LastGoodStep, parameters => AfterValidation.Fill(parameters[name], value));

    private TinyRun NewRun(FileFolder folder, string name, params TrainingCallback[] callbacks) =>
        new(Backend, Directory.CreateDirectory(folder[name]).FullName, callbacks);
}
