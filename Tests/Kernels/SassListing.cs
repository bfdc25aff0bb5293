using System.Text.RegularExpressions;

namespace MiniLstm.Tests;

/// <summary>Machine code as <c>nvdisasm</c> lists it: the names of its instructions, in order, and where its loops are.</summary>
public sealed partial class SassListing
{
    private readonly List<string> _instructions = [];
    private readonly List<(int First, int Last)> _loops = [];

    /// <summary>Reads one function.</summary>
    public SassListing(IEnumerable<string> lines)
    {
        Dictionary<string, int> labels = [];
        foreach (string line in lines)
        {
            if (Label().Match(line) is { Success: true } label)
                labels[label.Groups[1].Value] = _instructions.Count;
            if (Instruction().Match(line) is not { Success: true } instruction)
                continue;
            if (Branch().Match(line) is { Success: true } branch && labels.TryGetValue(branch.Groups[1].Value, out int first))
                _loops.Add((first, _instructions.Count));
            _instructions.Add(instruction.Groups[1].Value);
        }
    }

    /// <summary>How many instructions.</summary>
    public int Count => _instructions.Count;

    /// <summary>The instructions of the longest loop, from where it goes back to up to the branch; none without loops.</summary>
    public IReadOnlyList<string> LongestLoop => _loops.Count == 0 ? [] : Body(_loops.MaxBy(l => l.Last - l.First));

    /// <summary>Which part of the longest loop instructions of a name are, whatever follows its first point.</summary>
    public double ShareOfLoop(string name) => LongestLoop.Count == 0 ? 0 : (double)LongestLoop.Count(i => i == name) / LongestLoop.Count;

    [GeneratedRegex(@"^(\.L_x?_?\d+):")]
    private static partial Regex Label();

    // Without a predicate, and without what follows the first point.
    [GeneratedRegex(@"^\s+/\*[0-9a-f]{4,5}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_]*)")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"\bBRA\b.*`\((\.L_x?_?\d+)\)")]
    private static partial Regex Branch();

    // A branch to itself stands at the end of each program, and is no loop.
    private List<string> Body((int First, int Last) loop) => loop.First == loop.Last ? [] : _instructions[loop.First..(loop.Last + 1)];
}
