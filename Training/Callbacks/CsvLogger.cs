using System.Globalization;

namespace MiniLstm.Training;

/// <summary>Writes a table of the epochs: a line of names, <c>epoch,loss,accuracy,learning_rate</c>, then one for each
/// epoch. A run that is resumed from its backup writes no line twice.</summary>
/// <param name="path">The file, created or continued; its folder must exist.</param>
/// <param name="separator">What stands between the columns.</param>
/// <exception cref="IOException">The file cannot be opened.</exception>
/// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
public sealed class CsvLogger(string path, char separator = ',') : Callback, IDisposable
{
    private readonly AppendOnlyFile _file = new(path);

    /// <inheritdoc/>
    public override void OnEpochEnd(Learner learner, EpochReport report)
    {
        if (_file.IsEmpty)
            Append(["epoch", .. report.Figures.Keys, "learning_rate"]);
        IEnumerable<double> numbers = [report.Epoch, .. report.Figures.Values, report.LearningRate];
        Append(numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes) => _file.SaveTo(notes);

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes) => _file.LoadFrom(notes);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void Append(IEnumerable<string> columns) => _file.Append(string.Join(separator, columns) + "\n");
}
