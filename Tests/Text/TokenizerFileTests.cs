using System.Text;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class TokenizerFileTests
{
    private const string Path = "model/tokenizer.json";

    private const string Valid = """
        {
          "format": "minilstm-character-tokenizer",
          "version": 1,
          "normalizer": {
            "lineEnds": "lineFeed",
            "whiteSpace": "keep",
            "controlCharacters": "remove",
            "unicodeForm": "nfc"
          },
          "scalars": "\nab\u00E9"
        }
        """;

    [Test]
    public void ToBytes_Tokenizer_IsTheDocumentedJson()
    {
        var file = new TokenizerFile(
            CharacterTokenizer.FromText("b\néa"),
            new(new(LineEnds.LineFeed, WhiteSpace.Keep, ControlCharacters.Remove, UnicodeForm.Nfc)));
        Assert.That(Encoding.UTF8.GetString(file.ToBytes()), Is.EqualTo(Valid));
    }

    [Test]
    public void Parse_OwnBytes_GivesTheSameTokenizer()
    {
        CharacterTokenizer tokenizer = CharacterTokenizer.FromText("\0\n \"\\/<é\u2028\uFF5E\U0001F600\u0301");
        var options = new TextNormalizerOptions(WhiteSpace: WhiteSpace.Collapse, UnicodeForm: UnicodeForm.Nfkd);

        TokenizerFile file = TokenizerFile.Parse(new TokenizerFile(tokenizer, new(options)).ToBytes(), Path);

        Assert.That(file.Tokenizer.Scalars.ToArray(), Is.EqualTo(tokenizer.Scalars.ToArray()));
        Assert.That(file.Normalizer.Options, Is.EqualTo(options));
    }

    [Test]
    public void Parse_ScalarsInAnotherOrder_KeepsTheirIds()
    {
        TokenizerFile file = Parse(Valid.Replace("\\nab", "b\\na", StringComparison.Ordinal));
        Assert.That(file.Tokenizer.Encode("ab\n"), Is.EqualTo(new[] { 3, 1, 2 }));
    }

    // The byte is the one after the value or name that is wrong.
    [TestCase("\"version\": 1", "\"version\": 2", "format \"minilstm-character-tokenizer\", version 2; expected")]
    [TestCase("\"version\": 1", "\"version\": 2, \"new\": []", "version 2; expected \"minilstm-")]
    [TestCase("minilstm-character-tokenizer", "other", "format \"other\", version 1; expected \"minilstm-")]
    [TestCase("minilstm-character-tokenizer", "other\\nline", "format \"other\\nline\", version 1; expected")]
    [TestCase("\"version\": 1", "\"version\": \"1\"", "Path: $.version")]
    [TestCase("\"version\": 1,", "", "'version'")]
    [TestCase(",\n  \"scalars\": \"\\nab\\u00E9\"", "", "'scalars'")]
    [TestCase("\"normalizer\": {", "\"normalizer\": null, \"x\": {", "byte ")]
    [TestCase("\"version\": 1", "\"version\": \"1\"", "byte 62: expected JSON of the format")]
    [TestCase("\"version\": 1", "\"version\": 1, \"version\": 1", "uplicate")]
    [TestCase("\"version\": 1", "\"version\": 1, \"extra\": 1", "'extra'")]
    [TestCase("\"lineFeed\"", "\"lineFeet\"", "byte 106: expected JSON of the format")]
    [TestCase("\"lineFeed\"", "1", "byte 97: expected JSON of the format")]
    [TestCase("\"lineEnds\"", "\"lines\"", "'lines'")]
    [TestCase("\\nab", "\\naba", "U+0061 stands for ids 2 and 4, expected each scalar once")]
    [TestCase("\\nab", "\\na\\uFFFDb", "U+FFFD stands for ids 0 and 3, expected each scalar once")]
    [TestCase("\\nab", "\\na\\uD800b", "byte ")]
    [TestCase("\"\\nab\\u00E9\"", "null", "byte ")]
    [TestCase("\"\\nab\\u00E9\"", "[\"a\"]", "byte ")]
    [TestCase("\\u00E9\"", "", "byte ")]
    public void Parse_Damaged_NamesFileAndPlace(string part, string replacement, string expected)
    {
        Assert.That(Valid, Does.Contain(part));
        string damaged = Valid.Replace(part, replacement, StringComparison.Ordinal);

        Assert.That(
            () => Parse(damaged),
            Throws.InstanceOf<ModelFileException>()
                .With.Message.StartsWith(Path)
                .And.Message.Contains(expected)
                .And.Message.Not.Contains("\n")
                .And.Property(nameof(ModelFileException.File)).EqualTo(Path));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{")]
    [TestCase("\u0080")]
    public void Parse_NoTokenizer_IsRefused(string content) =>
        Assert.That(() => Parse(content), Throws.InstanceOf<ModelFileException>().With.Message.StartsWith(Path));

    [Test]
    public void Parse_EveryTruncation_IsRefused()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Valid);
        for (int length = 0; length < bytes.Length; length++)
        {
            int kept = length;
            Assert.That(
                () => TokenizerFile.Parse(bytes.AsSpan(0, kept), Path),
                Throws.InstanceOf<ModelFileException>());
        }
    }

    [Test]
    public void Parse_InvalidUtf8_NamesTheByte()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Valid);
        int place = Valid.IndexOf("\\nab", StringComparison.Ordinal);
        bytes[place] = 0xFF;
        Assert.That(
            () => TokenizerFile.Parse(bytes, Path),
            Throws.InstanceOf<ModelFileException>().With.Message.StartsWith($"{Path}, byte "));
    }

    [Test]
    public void Parse_LongNameWithLineEnds_GivesOneShortLine()
    {
        string name = string.Concat(Enumerable.Repeat("name\\n\\u001b", 1000));
        string damaged = Valid.Replace("\"version\": 1", $"\"version\": 1, \"{name}\": 1", StringComparison.Ordinal);
        Assert.That(
            () => Parse(damaged),
            Throws.InstanceOf<ModelFileException>()
                .With.Message.Not.Match("[\n\u001b]")
                .And.Message.Length.LessThan(600));
    }

    [Test]
    public void Read_MissingFile_IsAnInputOutputError() =>
        Assert.That(() => TokenizerFile.Read("nowhere/tokenizer.json"), Throws.InstanceOf<IOException>());

    [Test]
    public void Read_WrittenFile_GivesTheTokenizer()
    {
        using var folder = new FileFolder();
        string path = folder.Add(TokenizerFile.Name, Encoding.UTF8.GetBytes(Valid));
        Assert.That(TokenizerFile.Read(path).Tokenizer.Encode("é"), Is.EqualTo(new[] { 4 }));
    }

    [Test]
    public void Read_LargerThanAnyTokenizer_IsRefused()
    {
        using var folder = new FileFolder();
        string path = folder.Add(TokenizerFile.Name, []);
        using (FileStream file = File.OpenWrite(path))
            file.SetLength(33 << 20);
        Assert.That(
            () => TokenizerFile.Read(path),
            Throws.InstanceOf<ModelFileException>().With.Message.EqualTo(
                $"{path}: {33 << 20} bytes, expected at most {32 << 20}"));
    }

    private static TokenizerFile Parse(string json) => TokenizerFile.Parse(Encoding.UTF8.GetBytes(json), Path);
}
