using System.Text;
using CsCheck;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class TextNormalizerTests
{
    [Test]
    public void Normalize_NoOptions_ChangesNothing()
    {
        const string Text = "a\r\n b \t\0\ud800 e\u0301\u2028";
        Assert.That(new TextNormalizer(new()).Normalize(Text), Is.EqualTo(Text));
    }

    [Test]
    public void Normalize_LineFeed_ReplacesEveryLineEnd()
    {
        var normalizer = new TextNormalizer(new(LineEnds: LineEnds.LineFeed));
        Assert.That(normalizer.Normalize("a\r\nb\rc\nd\u0085e\u2028f\u2029g\fh"), Is.EqualTo("a\nb\nc\nd\ne\nf\ng\nh"));
    }

    [TestCase("a \t  b", "a b")]
    [TestCase("a\tb", "a b")]
    [TestCase("\t  a", " a")]
    [TestCase("a  \nb \r\nc", "a\nb\r\nc")]
    [TestCase("the prompt goes on:  ", "the prompt goes on: ")]
    [TestCase("a\u00a0 \u00a0b\n\n\nc", "a\u00a0 \u00a0b\n\n\nc")]
    public void Normalize_Collapse_JoinsSpacesAndTabsAndDropsThemBeforeLineEnds(string text, string expected)
    {
        var normalizer = new TextNormalizer(new(WhiteSpace: WhiteSpace.Collapse));
        Assert.That(normalizer.Normalize(text), Is.EqualTo(expected));
    }

    [Test]
    public void Normalize_RemoveControlCharacters_KeepsLineFeedAndTab()
    {
        var normalizer = new TextNormalizer(new(ControlCharacters: ControlCharacters.Remove));
        Assert.That(normalizer.Normalize("a\0b\u001b[1m\tc\r\nd\u007fe\u009ff"), Is.EqualTo("ab[1m\tc\ndef"));
    }

    [TestCase(UnicodeForm.None, "\ufb01 e\u0301 \u00e9")]
    [TestCase(UnicodeForm.Nfc, "\ufb01 \u00e9 \u00e9")]
    [TestCase(UnicodeForm.Nfd, "\ufb01 e\u0301 e\u0301")]
    [TestCase(UnicodeForm.Nfkc, "fi \u00e9 \u00e9")]
    [TestCase(UnicodeForm.Nfkd, "fi e\u0301 e\u0301")]
    public void Normalize_UnicodeForm_IsApplied(UnicodeForm form, string expected)
    {
        var normalizer = new TextNormalizer(new(UnicodeForm: form));
        Assert.That(normalizer.Normalize("\ufb01 e\u0301 \u00e9"), Is.EqualTo(expected));
    }

    [Test]
    public void Normalize_UnicodeFormOfWhatHasNone_GivesReplacementCharacters()
    {
        var normalizer = new TextNormalizer(new(UnicodeForm: UnicodeForm.Nfc));
        Assert.That(normalizer.Normalize("a\ud800b\ufffec\udc00"), Is.EqualTo("a\ufffdb\ufffdc\ufffd"));
    }

    [Test]
    public void Normalize_Twice_ChangesNothing()
    {
        Gen<char> character = Gen.OneOf(
            Gen.OneOf(' ', '\t', '\n', '\r', '\f', '\0', '\u0001', '\u0085', '\u2028', '\u00a0', '\u00b4', '\u2002'),
            Gen.OneOf('e', 'q', '\u00e9', '\u0301', '\u0323', '\u0345', '\ufb01', '\u1161', '\u1100', '\u0f71'),
            Gen.OneOf('\ud800', '\ud83d', '\ude00', '\udc00', '\ufffe', '\uffff', '\ufffd'),
            Gen.Char);
        Gen<TextNormalizerOptions> options = Gen.Select(
            Gen.Enum<LineEnds>(), Gen.Enum<WhiteSpace>(), Gen.Enum<ControlCharacters>(), Gen.Enum<UnicodeForm>(),
            (lines, white, control, form) => new TextNormalizerOptions(lines, white, control, form));

        Gen.Select(options, character.Array[0, 12]).Sample(
            (option, characters) =>
            {
                var normalizer = new TextNormalizer(option);
                string once = normalizer.Normalize(new string(characters));
                return normalizer.Normalize(once) == once;
            },
            iter: 20_000);
    }

    [Test]
    public void Constructor_UndefinedOption_NamesIt()
    {
        Assert.That(
            () => new TextNormalizer(new(LineEnds: (LineEnds)7)),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.Contains("LineEnds is 7, expected one of Keep, LineFeed"));
    }

    [Test]
    public void Environment_IsNotInvariant_SoThatUnicodeFormsWork() =>
        Assert.That("e\u0301".Normalize(NormalizationForm.FormC), Is.EqualTo("\u00e9"));
}
