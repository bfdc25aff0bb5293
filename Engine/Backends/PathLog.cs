namespace MiniLstm.Engine;

/// <summary>
/// Which of several ways each part of a computation took, such as how threads share a recurrent layer: whoever decides notes it, and a program
/// shows what is new. So no slower way is ever taken silently.
/// </summary>
/// <remarks>A note that is already there costs one look-up. As its backend, a log serves one thread at a time.</remarks>
public sealed class PathLog
{
    private readonly HashSet<Choice> _known = [];
    private readonly List<Choice> _untold = [];

    /// <summary>Notes which way a part takes; each way is told once.</summary>
    /// <param name="part">What decides, such as <c>recurrent step</c>.</param>
    /// <param name="rows">Its first size; another size is another part.</param>
    /// <param name="columns">Its second size.</param>
    /// <param name="way">What was decided, and why if it is not the fastest way; a constant, so that a note allocates nothing.</param>
    public void Note(string part, long rows, long columns, string way)
    {
        var choice = new Choice(part, rows, columns, way);
        if (_known.Add(choice))
            _untold.Add(choice);
    }

    /// <summary>What was noted since the last call, in order.</summary>
    /// <returns>Such as <c>recurrent step [32 x 384]: product and cell fused</c>.</returns>
    public IReadOnlyList<string> TakeNew()
    {
        string[] lines = [.. _untold.Select(choice => $"{choice.Part} [{choice.Rows} x {choice.Columns}]: {choice.Way}")];
        _untold.Clear();
        return lines;
    }

    private readonly record struct Choice(string Part, long Rows, long Columns, string Way);
}
