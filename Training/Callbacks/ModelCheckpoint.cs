using System.Globalization;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Writes the weights to a safetensors file after each epoch, or after the best ones; whole or not at
/// all.</summary>
/// <param name="path">The file to create or replace; its folder must exist. The text <c>{epoch}</c> in it stands for
/// the epoch's number.</param>
/// <param name="monitor">The figure that tells the best epoch; it only matters with
/// <paramref name="saveBestOnly"/>.</param>
/// <param name="saveBestOnly">Whether only an epoch that is better than all before it is written.</param>
/// <param name="mode">Which way is better.</param>
/// <param name="initialBest">What even the first epoch has to beat; null: nothing.</param>
public sealed class ModelCheckpoint(
    string path,
    string monitor = "val_loss",
    bool saveBestOnly = false,
    WatchMode mode = WatchMode.Auto,
    double? initialBest = null)
    : Callback
{
    private readonly Watch _watch = new("modelCheckpoint", monitor, minimumDelta: 0, mode);

    /// <inheritdoc/>
    public override void OnTrainBegin(Learner learner)
    {
        if (saveBestOnly)
            _watch.Begin(learner);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Learner learner, EpochReport report)
    {
        if (saveBestOnly && !_watch.Observe(_watch.ValueOf(report)))
            return;
        string epoch = report.Epoch.ToString(CultureInfo.InvariantCulture);
        string file = path.Replace("{epoch}", epoch, StringComparison.Ordinal);
        learner.Model.SaveWeights(file);
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes) => _watch.SaveTo(notes);

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        _watch.LoadFrom(notes);
        if (_watch.Best is null)
            _watch.StartFrom(initialBest);
    }
}
