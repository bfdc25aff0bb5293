using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Writes event files for TensorBoard: figures in <c>train</c> and <c>validation</c> below a folder, with the
/// tags that Keras gives them (<c>epoch_loss</c>, …), the model's summary as a text, histograms of the weights, and
/// hyper-parameters.</summary>
/// <param name="folder">The folder of this run; TensorBoard is given the one above it.</param>
/// <param name="histogramsEvery">Every how many epochs weights are written as histograms; 0: never.</param>
/// <param name="hyperParameters">Texts, truth values or numbers to compare runs by; null: none.</param>
/// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
public sealed class TensorBoard(
    string folder, int histogramsEvery = 0, IReadOnlyDictionary<string, object>? hyperParameters = null)
    : Callback, IDisposable
{
    private const string TrainingFolder = "train";
    private const string ValidationFolder = "validation";
    private const string ValidationPrefix = "val_";

    private readonly long _histogramsEvery = Require.AtLeast(0, histogramsEvery);
    private readonly EventFile _run = new(folder);
    private readonly EventFile _validation = new(Path.Combine(folder, ValidationFolder));

    /// <summary>The file of training, for texts and curves of the caller's own.</summary>
    public EventFile TrainingFile { get; } = new(Path.Combine(folder, TrainingFolder));

    /// <inheritdoc/>
    public override void OnTrainBegin(Learner learner)
    {
        if (TrainingFile.IsEmpty && learner.Model is Sequential model)
            TrainingFile.Text("model", $"```\n{model.Summary()}```\n", step: 0);
        if (hyperParameters is not null && _run.IsEmpty)
            _run.HyperParameters(hyperParameters, [.. learner.FigureNames.Select(CurveOf)]);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Learner learner, EpochReport report)
    {
        foreach ((string name, double value) in report.Figures)
        {
            (string curveFolder, string tag) = CurveOf(name);
            EventFile file = curveFolder == ValidationFolder ? _validation : TrainingFile;
            file.Scalar(tag, value, report.Epoch);
        }

        TrainingFile.Scalar("epoch_learning_rate", report.LearningRate, report.Epoch);
        if (_histogramsEvery == 0 || report.Epoch % _histogramsEvery != 0)
            return;
        foreach (Parameter parameter in learner.Model.Parameters.All)
            TrainingFile.Histogram(parameter.Name, parameter.ToArray(), report.Epoch);
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(Learner learner, History history)
    {
        if (hyperParameters is not null && !history.IsCancelled)
            _run.EndSession();
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes)
    {
        _run.SaveTo(notes);
        TrainingFile.SaveTo(notes);
        _validation.SaveTo(notes);
    }

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        _run.LoadFrom(notes);
        TrainingFile.LoadFrom(notes);
        _validation.LoadFrom(notes);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        _run.Dispose();
        TrainingFile.Dispose();
        _validation.Dispose();
    }

    private static (string Folder, string Tag) CurveOf(string figure) =>
        figure.StartsWith(ValidationPrefix, StringComparison.Ordinal)
            ? (ValidationFolder, $"epoch_{figure[ValidationPrefix.Length..]}")
            : (TrainingFolder, $"epoch_{figure}");
}
