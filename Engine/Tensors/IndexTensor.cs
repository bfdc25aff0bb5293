namespace MiniLstm.Engine;

/// <summary>Integers on a tape: token ids, targets, masks. A type of its own, since no gradient can flow into them.</summary>
public sealed class IndexTensor
{
    private readonly Tape _tape;
    private readonly View _view;
    private int[]? _values;

    internal IndexTensor(Tape tape, View view, int minimum, int maximum, int[]? values = null)
    {
        _tape = tape;
        _view = view;
        _values = values;
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

    /// <summary>The entries, row-major, on the host. Of a device with memory of its own those that were uploaded are kept there, so that nothing waits for it;
    /// what it computed, such as the places of maxima, comes when it is first asked for, and stays.</summary>
    /// <exception cref="ObjectDisposedException">The tape was disposed of.</exception>
    internal ReadOnlySpan<int> Values
    {
        get
        {
            View view = View;
            if (_values is null)
            {
                int[] values = new int[Shape.Count];
                _tape.Backend.Download(view, values);
                _values = values;
            }

            return _values;
        }
    }

    /// <summary>The entries on the host. Only those that the device computed are waited for.</summary>
    /// <returns>A copy of all entries, row-major.</returns>
    /// <exception cref="ObjectDisposedException">The tape was disposed of.</exception>
    public int[] ToArray() => Values.ToArray();

    /// <summary>The entries at some places; by way of the host.</summary>
    /// <param name="positions">Places, counted row-major.</param>
    /// <returns>The entries, in the shape of the places.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public IndexTensor At(IndexTensor positions)
    {
        if (positions.Minimum < 0 || positions.Maximum >= Shape.Count)
            throw new ArgumentOutOfRangeException(
                nameof(positions), $"positions {positions.Minimum} to {positions.Maximum} of indices {Shape}");
        ReadOnlySpan<int> entries = Values;
        int[] found = positions.ToArray();
        for (int k = 0; k < found.Length; k++)
            found[k] = entries[found[k]];
        return _tape.Indices(positions.Shape, found);
    }
}
