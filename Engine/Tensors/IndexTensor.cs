namespace MiniLstm.Engine;

/// <summary>Integers on a tape: token ids, targets, masks. A type of its own, since no gradient can flow into them.</summary>
public sealed class IndexTensor
{
    private readonly Tape _tape;
    private readonly View _view;

    internal IndexTensor(Tape tape, View view, int minimum, int maximum)
    {
        _tape = tape;
        _view = view;
        Minimum = minimum;
        Maximum = maximum;
        NextMinimum = minimum;
        NextMaximum = maximum;
    }

    /// <summary>Its shape.</summary>
    public Shape Shape => _view.Shape;

    /// <summary>A lower bound of all entries: operations check ids against it, once, where they come in.</summary>
    public int Minimum { get; }

    /// <summary>An upper bound of all entries.</summary>
    public int Maximum { get; }

    /// <summary>
    /// A lower bound of all entries that are not <see cref="Minimum"/>: where that one is a mark, such as the target to ignore, this says
    /// what the others are. The minimum itself if there are no others.
    /// </summary>
    internal int NextMinimum { get; init; }

    /// <summary>Likewise an upper bound of all entries that are not <see cref="Maximum"/>.</summary>
    internal int NextMaximum { get; init; }

    /// <summary>Its memory.</summary>
    /// <exception cref="ObjectDisposedException">The tape was disposed of.</exception>
    public View View => _tape.IsDisposed
        ? throw new ObjectDisposedException(nameof(Tape), $"indices {Shape}: used after their tape was disposed of")
        : _view;

    /// <summary>Copies the entries to the host.</summary>
    /// <returns>All entries, row-major.</returns>
    public int[] ToArray()
    {
        int[] values = new int[Shape.Count];
        _tape.Backend.Download(View, values);
        return values;
    }

    /// <summary>The entries at some places; by way of the host.</summary>
    /// <param name="positions">Places, counted row-major.</param>
    /// <returns>The entries, in the shape of the places.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public IndexTensor At(IndexTensor positions)
    {
        if (positions.Minimum < 0 || positions.Maximum >= Shape.Count)
            throw new ArgumentOutOfRangeException(
                nameof(positions), $"positions {positions.Minimum} to {positions.Maximum} of indices {Shape}");
        int[] entries = ToArray();
        int[] places = positions.ToArray();
        for (int k = 0; k < places.Length; k++)
            places[k] = entries[places[k]];
        return _tape.Indices(positions.Shape, places);
    }
}
