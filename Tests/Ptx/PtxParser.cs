using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MiniLstm.Tests;

/// <summary>Takes the text of a kernel apart: one entry point without functions, as ILGPU writes it.</summary>
public sealed partial class PtxParser
{
    private readonly List<PtxParameter> _parameters = [];
    private readonly HashSet<string> _registers = [];
    private readonly List<PtxSharedArray> _sharedArrays = [];
    private readonly List<PtxStatement> _statements = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly Dictionary<string, string[]> _branchTargets = [];
    private readonly string _text;
    private string _lastLabel = "";

    private PtxParser(string text) => _text = Comment().Replace(text, "");

    /// <summary>The parts of a kernel.</summary>
    /// <param name="text">A module with one entry point.</param>
    /// <exception cref="PtxFaultException">It holds something that is not understood; the message names the line.</exception>
    public static PtxSource Parse(string text)
    {
        var parser = new PtxParser(text);
        parser.ReadModule();
        return new(
            parser._parameters, parser._registers, parser._sharedArrays, parser._statements, parser._labels, parser._branchTargets);
    }

    /// <summary>Parts of a list, separated by commas outside of brackets and braces.</summary>
    public static IEnumerable<string> Parts(string list) =>
        ListPart().Matches(list).Select(m => m.Value.Trim()).Where(part => part.Length > 0);

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(\[[^\]]*\]|\{[^}]*\}|[^,\[{])+")]
    private static partial Regex ListPart();

    [GeneratedRegex(@"\.entry\s+\w+\s*\((?<parameters>[^)]*)\)[^{]*\{")]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\.param\s+(?:\.align\s+\d+\s+)?\.[a-z](?<bits>\d+)\s+(?<name>\w+)(?:\[(?<count>\d+)\])?$")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\.shared\s+\.align\s+(?<alignment>\d+)\s+\.b8\s+(?<name>\w+)\[(?<size>\d+)\]$")]
    private static partial Regex SharedArray();

    [GeneratedRegex(@"^(?<stem>%?\w+)(?:<(?<count>\d+)>)?$")]
    private static partial Regex RegisterRange();

    [GeneratedRegex(@"^(?:@(?<guard>!?%?\w+)\s+)?(?<opcode>[a-z][\w.:]*)(?:\s+(?<operands>.*))?$", RegexOptions.Singleline)]
    private static partial Regex Instruction();

    private void ReadModule()
    {
        Match entry = Entry().Match(_text);
        if (!entry.Success || _text.Contains(".func", StringComparison.Ordinal))
            throw new PtxFaultException("the text is not that of one kernel without functions");
        foreach (string parameter in Parts(entry.Groups["parameters"].Value))
            AddParameter(parameter);
        ReadBody(entry.Index + entry.Length);
    }

    private void AddParameter(string text)
    {
        Match match = Parameter().Match(text);
        if (!match.Success)
            throw new PtxFaultException($"the parameter '{text}' is not understood");
        int element = Number(match, "bits") / 8;
        int size = match.Groups["count"].Success ? element * Number(match, "count") : element;
        int end = _parameters.Count == 0 ? 0 : _parameters[^1].Offset + _parameters[^1].Size;

        // No parameter needs more than 8; a block of bytes holds doubles.
        int alignment = match.Groups["count"].Success ? 8 : element;
        _parameters.Add(new(match.Groups["name"].Value, (end + alignment - 1) / alignment * alignment, size));
    }

    // Statements end with a semicolon, labels with a colon, the body with a brace of its own.
    private void ReadBody(int start)
    {
        int line = 1 + _text.AsSpan(0, start).Count('\n');
        int first = 0;
        var pending = new StringBuilder();
        for (int i = start; i < _text.Length; i++)
        {
            char next = _text[i];
            if (pending.Length == 0)
            {
                if (next == '}')
                    return;
                first = line;
            }

            if (next == ';')
                EndStatement(first, pending);
            else if (next == ':' && !pending.ToString().Contains('.', StringComparison.Ordinal))
                EndLabel(pending);
            else if (pending.Length > 0 || !char.IsWhiteSpace(next))
                pending.Append(char.IsWhiteSpace(next) ? ' ' : next);
            if (next == '\n')
                line++;
        }

        throw new PtxFaultException("the kernel's text has no end");
    }

    private void EndLabel(StringBuilder pending)
    {
        _lastLabel = pending.ToString().Trim();
        _labels.Add(_lastLabel, _statements.Count);
        pending.Clear();
    }

    private void EndStatement(int line, StringBuilder pending)
    {
        string text = pending.ToString().Trim();
        pending.Clear();
        if (text.Length == 0)
            return;
        if (text[0] == '.')
        {
            AddDirective(line, text);
            return;
        }

        Match match = Instruction().Match(text);
        if (!match.Success)
            throw new PtxFaultException($"line {line}: '{text}' is not understood");
        _statements.Add(new(
            line, text, match.Groups["guard"].Value, match.Groups["opcode"].Value, [.. Parts(match.Groups["operands"].Value)]));
    }

    private void AddDirective(int line, string text)
    {
        Match shared = SharedArray().Match(text);
        string[] words = text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (shared.Success)
            _sharedArrays.Add(new(shared.Groups["name"].Value, Number(shared, "alignment"), Number(shared, "size")));
        else if (words[0] == ".reg" && words.Length == 3)
            Parts(words[2]).ToList().ForEach(AddRegisters);
        else if (words[0] == ".branchtargets")
            _branchTargets.Add(_lastLabel, [.. Parts(text[words[0].Length..])]);
        else
            throw new PtxFaultException($"line {line}: the directive '{text}' is not understood");
    }

    private void AddRegisters(string range)
    {
        Match match = RegisterRange().Match(range);
        string stem = match.Groups["stem"].Value;
        if (!match.Groups["count"].Success)
            _registers.Add(stem);
        else
            _registers.UnionWith(Enumerable.Range(0, Number(match, "count")).Select(i => $"{stem}{i}"));
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}
