namespace MiniLstm.Model;

/// <summary>
/// Lets a text pass piece by piece, up to a stop text: whatever may be the beginning of it is held back until what
/// follows shows whether it is.
/// </summary>
/// <param name="stop">The stop text; null or empty: everything passes at once.</param>
internal sealed class StopText(string? stop)
{
    private readonly string _stop = stop ?? "";

    /// <summary>What is held back. If the text ends here, it belongs to it.</summary>
    public string Held { get; private set; } = "";

    /// <summary>Whether the stop text came. Nothing passes after it.</summary>
    public bool IsFound { get; private set; }

    /// <summary>Takes the next piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <returns>What can pass by now.</returns>
    public string Pass(string piece)
    {
        if (_stop.Length == 0)
            return piece;

        string text = Held + piece;
        int start = text.IndexOf(_stop, StringComparison.Ordinal);
        IsFound = start >= 0;
        int passes = IsFound ? start : text.Length - LongestBeginning(text);
        Held = IsFound ? "" : text[passes..];
        return text[..passes];
    }

    /// <summary>The length of the longest end of a text that the stop text begins with.</summary>
    private int LongestBeginning(string text)
    {
        int length = Math.Min(text.Length, _stop.Length - 1);
        while (length > 0 && !text.EndsWith(_stop[..length], StringComparison.Ordinal))
            length--;
        return length;
    }
}
