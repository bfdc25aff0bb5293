namespace MiniLstm.Model;

/// <summary>What flows between two layers, as far as it is known before there is any data.</summary>
/// <param name="Width">Length of the last axis; 0 for tokens, which have none.</param>
/// <param name="HasTime">Whether there is a time axis: [time, batch, width], or [batch, width].</param>
/// <param name="Steps">The number of time steps, where it is the same for all data; else null.</param>
public readonly record struct FlowShape(int Width, bool HasTime = true, int? Steps = null)
{
    /// <summary>Tokens: [time, batch].</summary>
    public static FlowShape Tokens => new(0);

    /// <summary>Whether tokens flow, rather than values.</summary>
    public bool IsTokens => Width == 0;

    /// <summary>The shape as it is written in summaries, such as <c>[time, batch, 128]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string time = Steps is { } steps ? $"{steps}" : "time";
        string leading = HasTime ? $"{time}, batch" : "batch";
        return IsTokens ? $"[{leading}]" : $"[{leading}, {Width}]";
    }
}
