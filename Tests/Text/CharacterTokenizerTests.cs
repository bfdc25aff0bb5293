using System.Text;
using CsCheck;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class CharacterTokenizerTests
{
    [Test]
    public void FromText_AnyText_NumbersScalarsInOrdinalOrderFromOne()
    {
        CharacterTokenizer tokenizer = CharacterTokenizer.FromText("b\U0001F600a\uFF5Eb\n");

        Assert.That(tokenizer.Count, Is.EqualTo(6));
        Assert.That(tokenizer.UnknownId, Is.Zero);

        // As UTF-16 the emoji's surrogates would come before U+FF5E; as scalars it is the last.
        Assert.That(tokenizer.Scalars.ToArray(), Is.EqualTo(Runes("\nab\uFF5E\U0001F600")));
        Assert.That(tokenizer.Encode("ab\U0001F600"), Is.EqualTo(new[] { 2, 3, 5 }));
    }

    [Test]
    public void Encode_UnknownScalars_BecomeIdZeroAndAreCountedInOrderOfAppearance()
    {
        CharacterTokenizer tokenizer = CharacterTokenizer.FromText("abc");

        int[] ids = tokenizer.Encode("aéx\U0001F600éc", out IReadOnlyList<UnknownScalar> unknown);

        Assert.That(ids, Is.EqualTo(new[] { 1, 0, 0, 0, 0, 3 }));
        UnknownScalar[] expected = [new(new('é'), 2), new(new('x'), 1), new(new(0x1F600), 1)];
        Assert.That(unknown, Is.EqualTo(expected));
        Assert.That(unknown[0].ToString(), Is.EqualTo("é (U+00E9, 2 times)"));
        Assert.That(unknown[1].ToString(), Is.EqualTo("x (U+0078, once)"));
    }

    [Test]
    public void Encode_AllKnown_ReportsNothing()
    {
        _ = CharacterTokenizer.FromText("abc").Encode("cab", out IReadOnlyList<UnknownScalar> unknown);
        Assert.That(unknown, Is.Empty);
    }

    [Test]
    public void Encode_LoneSurrogates_AreUnknown()
    {
        CharacterTokenizer tokenizer = CharacterTokenizer.FromText("a\ud800\ufffd");

        int[] ids = tokenizer.Encode("\udc00a\ud800", out IReadOnlyList<UnknownScalar> unknown);

        Assert.That(tokenizer.Count, Is.EqualTo(2));
        Assert.That(ids, Is.EqualTo(new[] { 0, 1, 0 }));
        Assert.That(unknown, Is.EqualTo(new UnknownScalar[] { new(Rune.ReplacementChar, 2) }));
    }

    [Test]
    public void Decode_EncodedText_GivesTheTextBack()
    {
        Gen.String.Sample(text =>
        {
            string valid = string.Concat(text.EnumerateRunes());
            CharacterTokenizer tokenizer = CharacterTokenizer.FromText(text);
            return tokenizer.Decode(tokenizer.Encode(text)) == valid;
        });
    }

    [Test]
    public void Decode_UnknownId_GivesTheReplacementCharacter() =>
        Assert.That(CharacterTokenizer.FromText("ab").Decode([1, 0, 2]), Is.EqualTo("a\ufffdb"));

    [TestCase(-1)]
    [TestCase(3)]
    public void Decode_IdOutside_NamesIt(int id)
    {
        CharacterTokenizer tokenizer = CharacterTokenizer.FromText("ab");
        Assert.That(
            () => tokenizer.Decode([1, id]),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains($"id {id}, expected 0 to 2"));
    }

    [TestCase("\n", "\\n")]
    [TestCase("\t", "\\t")]
    [TestCase("\r", "\\r")]
    [TestCase(" ", "\u2423")]
    [TestCase("\u00a0", "U+00A0")]
    [TestCase("\0", "U+0000")]
    [TestCase("\u0301", "U+0301")]
    [TestCase("\u200b", "U+200B")]
    [TestCase("\U000F0000", "U+F0000")]
    [TestCase("a", "a")]
    [TestCase("\U0001F600", "\U0001F600")]
    public void Display_Token_IsVisible(string text, string expected) =>
        Assert.That(CharacterTokenizer.FromText(text).Display(1), Is.EqualTo(expected));

    [Test]
    public void Display_UnknownToken_IsTheReplacementCharacter() =>
        Assert.That(CharacterTokenizer.FromText("a").Display(0), Is.EqualTo("\ufffd"));

    [Test]
    public void Constructor_ScalarTwice_NamesBothIds() =>
        Assert.That(
            () => new CharacterTokenizer(Runes("aba")),
            Throws.ArgumentException.With.Message.EqualTo(
                "CharacterTokenizer: U+0061 stands for ids 1 and 3, expected each scalar once " +
                "(U+FFFD is that of id 0)"));

    private static Rune[] Runes(string text) => [.. text.EnumerateRunes()];
}
