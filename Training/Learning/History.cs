namespace MiniLstm.Training;

/// <summary>What the epochs of a <c>Fit</c> came to: <c>history["loss"]</c>, <c>history["val_accuracy"]</c>.</summary>
public sealed class History
{
    private readonly List<int> _epochs = [];
    private readonly OrderedDictionary<string, List<double>> _figures = [];

    internal History()
    {
    }

    /// <summary>The epochs that were completed, counted from 1.</summary>
    public IReadOnlyList<int> Epochs => _epochs;

    /// <summary>The names of the figures: <c>loss</c>, those of the metrics, then the same with <c>val_</c> if there is
    /// validation.</summary>
    public IReadOnlyList<string> Names => _figures.Keys;

    /// <summary>Why a callback ended the run early; null if none did.</summary>
    public string? StopReason { get; internal set; }

    /// <summary>Whether the caller cancelled the run.</summary>
    public bool IsCancelled { get; internal set; }

    /// <summary>One figure, for each of <see cref="Epochs"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such figure.</exception>
    public IReadOnlyList<double> this[string name] => _figures.TryGetValue(name, out List<double>? values)
        ? values
        : throw new KeyNotFoundException($"History: no figure '{name}'; there are {string.Join(", ", Names)}");

    internal void Add(int epoch, IReadOnlyDictionary<string, double> figures)
    {
        _epochs.Add(epoch);
        foreach ((string name, double value) in figures)
        {
            if (!_figures.TryGetValue(name, out List<double>? values))
                _figures.Add(name, values = []);
            values.Add(value);
        }
    }

    internal void Clear()
    {
        _epochs.Clear();
        _figures.Clear();
    }
}
