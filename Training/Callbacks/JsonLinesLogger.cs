using System.Text;
using System.Text.Json;

namespace MiniLstm.Training;

/// <summary>Writes an object for each epoch, such as
/// <c>{"epoch":1,"step":12,"loss":0.7,"val_loss":0.8,"learning_rate":0.001}</c>. A run that is resumed from its backup
/// writes no line twice.</summary>
/// <remarks>A figure that is NaN or infinite is written as a text.</remarks>
/// <param name="path">The file, created or continued; its folder must exist.</param>
/// <exception cref="IOException">The file cannot be opened.</exception>
/// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
public sealed class JsonLinesLogger(string path) : Callback, IDisposable
{
    private readonly AppendOnlyFile _file = new(path);

    /// <inheritdoc/>
    public override void OnEpochEnd(Learner learner, EpochReport report)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteNumber("epoch", report.Epoch);
            writer.WriteNumber("step", report.Step);
            foreach ((string name, double value) in report.Figures)
                Write(writer, name, value);
            Write(writer, "learning_rate", report.LearningRate);
            writer.WriteEndObject();
        }

        _file.Append(Encoding.UTF8.GetString(bytes.ToArray()) + "\n");
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes) => _file.SaveTo(notes);

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes) => _file.LoadFrom(notes);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static void Write(Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value))
            writer.WriteNumber(name, value);
        else
            writer.WriteString(name, FormattableString.Invariant($"{value}"));
    }
}
