namespace MiniLstm.Training;

/// <summary>Writes down what one part of a run remembers.</summary>
/// <param name="notes">What a checkpoint keeps, by name.</param>
internal delegate void NoteWriter(IDictionary<string, double> notes);

/// <summary>Collects the notes of a checkpoint.</summary>
internal static class CheckpointNotes
{
    /// <summary>Lets each take its notes alone, so that none overwrites another's.</summary>
    /// <param name="who">Who they are, such as <c>Fit: two callbacks</c>.</param>
    /// <param name="writers">Who has something to remember.</param>
    /// <returns>All notes, sorted by name.</returns>
    /// <exception cref="InvalidOperationException">Two keep a note of the same name.</exception>
    public static SortedDictionary<string, double> Of(string who, IEnumerable<NoteWriter> writers)
    {
        var notes = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (NoteWriter write in writers)
        {
            var added = new Dictionary<string, double>();
            write(added);
            foreach ((string name, double value) in added)
            {
                if (!notes.TryAdd(name, value))
                    throw new InvalidOperationException(
                        $"{who} keep a note '{name}' in the checkpoint, expected names that differ");
            }
        }

        return notes;
    }
}
