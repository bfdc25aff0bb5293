using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Runs whose figures are known beforehand: those of a metric that reads them from a list, one an
/// epoch.</summary>
public abstract class CallbackFixture
{
    private Backend _device = null!;

    internal Sequential Model { get; private set; } = null!;

    [SetUp]
    public void Open()
    {
        _device = new ReferenceBackend(BackendOptions.Default);
        Model = TinyProblem.NewModel(_device);
    }

    [TearDown]
    public void Close()
    {
        Model.Dispose();
        Assert.That(_device.Pool.Outstanding, Is.Empty);
        _device.Dispose();
    }

    /// <summary>Runs as many epochs as there are figures.</summary>
    internal (Learner Learner, History History) Fit(double[] figures, params IReadOnlyList<Callback> callbacks)
    {
        Learner learner = TinyProblem.Compile(Model, new Scripted(figures));
        try
        {
            History history = learner.Fit(
                TinyProblem.Inputs, TinyProblem.Labels, figures.Length, callbacks: callbacks);
            return (learner, history);
        }
        finally
        {
            learner.Dispose();
        }
    }

    private sealed class Scripted(double[] figures) : Metric
    {
        private int _epoch = -1;

        public override string Name => "scripted";

        public override bool HigherIsBetter => false;

        public override double Value => figures[_epoch];

        public override void Reset() => _epoch++;

        public override void Observe(Predictions predictions)
        {
        }
    }
}
