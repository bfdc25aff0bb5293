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
    }

    /// <summary>Its shape.</summary>
    public Shape Shape => _view.Shape;

    /// <summary>A lower bound of all entries: operations check ids against it, once, where they come in.</summary>
    public int Minimum { get; }

    /// <summary>An upper bound of all entries.</summary>
    public int Maximum { get; }

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
}
