using System.Text;

namespace MiniLstm.Training;

/// <summary>A text file of a run that only ever grows at its end, such as its metrics or its samples.</summary>
/// <remarks>A checkpoint notes how many lines it has (lines, not bytes: times take more digits in one run than in
/// another). When the run goes on from there, what was written later is cut off, since it is going to be written again:
/// no line is there twice, and none that was only half written when the process was killed.</remarks>
public sealed class AppendOnlyFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly string _note;
    private long _lines;

    /// <summary>Opens the file, or creates it; a half line at its end is cut off. Others may read it
    /// meanwhile.</summary>
    /// <param name="path">The file; its folder must exist. Its name is that of the note in a checkpoint.</param>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public AppendOnlyFile(string path)
    {
        _stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        _note = $"{Path.GetFileName(path)}.lines";
        CutTo(long.MaxValue);
    }

    /// <summary>Whether nothing was written yet.</summary>
    internal bool IsEmpty => _lines == 0;

    /// <summary>Writes whole lines at the end, and hands them to the operating system at once: a kill of the process
    /// does not lose them.</summary>
    /// <param name="lines">The text; it ends with a line feed.</param>
    /// <exception cref="ArgumentException">It does not.</exception>
    /// <exception cref="IOException">The disk is full, or something else fails.</exception>
    public void Append(string lines)
    {
        if (!lines.EndsWith('\n'))
            throw new ArgumentException("Append: the text does not end with a line feed", nameof(lines));
        _stream.Write(Encoding.UTF8.GetBytes(lines));
        _stream.Flush();
        _lines += lines.AsSpan().Count('\n');
    }

    /// <summary>Notes the number of lines, once all of them are on the disk.</summary>
    /// <param name="notes">What a checkpoint keeps.</param>
    /// <exception cref="ArgumentException">Another file of this name is noted there.</exception>
    /// <exception cref="IOException">The disk is full, or something else fails.</exception>
    public void SaveTo(IDictionary<string, double> notes)
    {
        _stream.Flush(flushToDisk: true);
        notes.Add(_note, _lines);
    }

    /// <summary>Cuts off what was written after the checkpoint; a file that has fewer lines, or of which the
    /// checkpoint knows nothing, stays as it is.</summary>
    /// <param name="notes">What the checkpoint kept.</param>
    /// <exception cref="IOException">The file cannot be changed.</exception>
    public void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        if (notes.TryGetValue(_note, out double lines))
            CutTo((long)lines);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    /// <summary>Keeps so many whole lines, or all of them if there are fewer.</summary>
    private void CutTo(long lines)
    {
        long end = 0;
        _lines = 0;
        _stream.Position = 0;
        for (int value = _stream.ReadByte(); value >= 0 && _lines < lines; value = _stream.ReadByte())
        {
            if (value != '\n')
                continue;
            _lines++;
            end = _stream.Position;
        }

        _stream.SetLength(end);
        _stream.Position = end;
    }
}
