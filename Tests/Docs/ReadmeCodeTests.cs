using System.Text.RegularExpressions;

namespace MiniLstm.Tests;

/// <summary>Code in READMEs is code that compiles: below a comment that names a file and a region stands that region's text.</summary>
public sealed partial class ReadmeCodeTests
{
    private static readonly (string Readme, string Source, string Region, string Code)[] _blocks = [.. Blocks()];

    [TestCaseSource(nameof(_blocks))]
    public void Readme_CodeBlock_IsTheTextOfItsRegion((string Readme, string Source, string Region, string Code) block)
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, block.Source));
        Match region = Regex.Match(source, $@"^ *#region {block.Region}\n(?<code>.*?)^ *#endregion", RegexOptions.Multiline | RegexOptions.Singleline);

        Assert.That(region.Success, Is.True, $"{block.Source} has no region {block.Region}");
        Assert.That(block.Code, Is.EqualTo(Unindented(region.Groups["code"].Value)), $"{block.Readme}: {block.Region}");
    }

    [Test]
    public void Readme_OwnCellAndLayer_AreShown() =>
        Assert.That(_blocks.Select(block => block.Region), Is.SupersetOf(new[] { "Cell", "Layer" }));

    private static IEnumerable<(string, string, string, string)> Blocks()
    {
        foreach (string folder in Repository.Projects.Prepend("."))
        {
            string name = Path.Combine(folder, "README.md");
            string readme = Path.Combine(Repository.Root, name);
            if (!File.Exists(readme))
                continue;
            foreach (Match match in CodeBlock().Matches(File.ReadAllText(readme)))
                yield return (name, match.Groups["source"].Value, match.Groups["region"].Value, match.Groups["code"].Value);
        }
    }

    private static string Unindented(string code)
    {
        string[] lines = code.Split('\n');
        int indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart(' ').Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : line));
    }

    [GeneratedRegex(@"^<!-- (?<source>\S+\.cs): (?<region>\w+) -->\n```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
