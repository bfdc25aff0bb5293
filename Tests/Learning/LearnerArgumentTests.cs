using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Wrong arguments give one clear line each.</summary>
public sealed class LearnerArgumentTests
{
    private Backend _device = null!;
    private Sequential _model = null!;
    private Learner _learner = null!;

    [SetUp]
    public void Compile()
    {
        _device = new ReferenceBackend(BackendOptions.Default);
        _model = TinyProblem.NewModel(_device);
        _learner = TinyProblem.Compile(_model, Metric.Accuracy);
    }

    [TearDown]
    public void Close()
    {
        _learner.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    [Test]
    public void Fit_NumbersOutOfRange_AreNamed()
    {
        Expect<ArgumentOutOfRangeException>(
            () => Fit(batchSize: 0), "batchSize is 0, expected at least 1");
        Expect<ArgumentOutOfRangeException>(
            () => Fit(epochs: -1), "epochs is -1, expected at least 0");
        Expect<ArgumentOutOfRangeException>(
            () => Fit(validationSplit: 1), "validationSplit is 1, expected at least 0 and below 1");
    }

    [Test]
    public void Fit_SplitThatLeavesNothing_SaysWhatItLeaves()
    {
        Expect<ArgumentException>(
            () => Fit(validationSplit: 0.95),
            "Fit: validationSplit 0.95 of 11 samples leaves 0 to learn from and 11 to validate with, expected at " +
            "least 1 of each");
    }

    [Test]
    public void Fit_ValidationTwice_IsRefused()
    {
        var data = new Dataset(TinyProblem.Inputs, TinyProblem.Labels);
        Expect<ArgumentException>(
            () => _learner.Fit(
                TinyProblem.Inputs, TinyProblem.Labels, validationData: data, validationSplit: 0.5),
            "Fit: both validationData and validationSplit, expected one of them");
    }

    [Test]
    public void Fit_CarriedStates_WantOrderAndWholeBatches()
    {
        Expect<ArgumentException>(
            () => Fit(states: StatePolicy.Carried),
            "Fit: carried states with shuffled samples, expected shuffle: false, so that each batch continues " +
            "the one before");
        Expect<ArgumentException>(
            () => Fit(states: StatePolicy.Carried, shuffle: false),
            "Fit: carried states with 11 samples in batches of 4, expected whole batches");
    }

    [Test]
    public void Fit_LabelBeyondTheClasses_SaysWhichAreThere()
    {
        int[] labels = [.. TinyProblem.Labels];
        labels[0] = TinyProblem.Classes;
        Assert.That(
            () => _learner.Fit(TinyProblem.Inputs, labels),
            Throws.InstanceOf<ArgumentException>().With.Message.Contains("3, expected 0 to 2"));
    }

    [Test]
    public void Callback_MonitorsWhatIsNotThere_ListsWhatIs()
    {
        Expect<ArgumentException>(
            () => Fit(callbacks: [new EarlyStopping(patience: 2)]),
            "earlyStopping: no figure 'val_loss' in this run; there are loss, accuracy");
    }

    [Test]
    public void Compile_TwoMetricsOfOneName_NamesIt()
    {
        Expect<ArgumentException>(
            () => TinyProblem.Compile(_model, Metric.Accuracy, Metric.Accuracy),
            "Compile: two metrics are named 'accuracy', expected different ones");
    }

    [Test]
    public void Compile_OptimizerThatKeepsAnAverage_IsRefused()
    {
        Expect<ArgumentException>(
            () => _model.Compile(Loss.SparseCategoricalCrossEntropy, new AveragedSgd(1)),
            "Compile: an optimiser that keeps an average of the weights is for LanguageModelTrainer or a loop of one's own, " +
            "expected one without");
    }

    [Test]
    public void Compile_LastLayerIsNotTheLosss_SaysWhatItTakes()
    {
        Expect<ArgumentException>(
            () => _model.Compile(Loss.BinaryCrossEntropy, new Sgd(0.1)),
            "Compile: the model ends in activation, a Softmax; BinaryCrossEntropy takes logits, or the output of a " +
            "Sigmoid");
    }

    [Test]
    public void History_UnknownFigure_ListsThoseThereAre()
    {
        History history = _learner.Fit(TinyProblem.Inputs, TinyProblem.Labels);
        Assert.That(
            () => history["acc"],
            Throws.TypeOf<KeyNotFoundException>().With.Message.EqualTo(
                "History: no figure 'acc'; there are loss, accuracy"));
    }

    private void Fit(
        int epochs = 1,
        int batchSize = 4,
        double validationSplit = 0,
        bool shuffle = true,
        StatePolicy states = StatePolicy.Reset,
        IReadOnlyList<Callback>? callbacks = null) =>
        _learner.Fit(
            TinyProblem.Inputs,
            TinyProblem.Labels,
            epochs,
            batchSize,
            validationSplit: validationSplit,
            shuffle: shuffle,
            states: states,
            callbacks: callbacks);

    private static void Expect<TError>(Action call, string message)
        where TError : ArgumentException
    {
        TError? error = Assert.Throws<TError>(() => call());
        Assert.That(error!.Message, Does.StartWith(message).And.Not.Contains("\n"));
    }
}
