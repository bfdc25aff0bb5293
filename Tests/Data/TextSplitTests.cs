using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class TextSplitTests
{
    private static readonly TextNormalizer _none = new(new());

    [Test]
    public void Contiguous_Text_IsCutAfterNineTenthsOfTheScalars([Range(2, 60)] int scalars)
    {
        string text = string.Concat(Enumerable.Range(0, scalars).Select(i => char.ConvertFromUtf32(0x1F600 + i)));

        TextSplit split = TextSplit.Contiguous(text, _none);

        Assert.That(split.Train.EnumerateRunes().Count(), Is.EqualTo((int)(0.9 * scalars)));
        Assert.That(split.Train + split.Validation, Is.EqualTo(text));
        Assert.That(split.Test, Is.Empty);
    }

    [Test]
    public void Contiguous_Text_IsNormalisedBeforeItIsCut() =>
        Assert.That(
            TextSplit.Contiguous("a        bcdefghi", new(new(WhiteSpace: WhiteSpace.Collapse))),
            Is.EqualTo(new TextSplit("a bcdefgh", "i", "")));

    [TestCase("", "0 characters")]
    [TestCase("\U0001F600", "1 character,")]
    public void Contiguous_FewerThanTwoScalars_SaysSo(string text, string expected) =>
        Assert.That(
            () => TextSplit.Contiguous(text, _none),
            Throws.InstanceOf<DataException>().With.Message.Contains(expected));

    // Published values of FNV-1a with 64 bits: "" cbf29ce484222325, "a" af63dc4c8601ec8c, "b" af63df4c8601f1a5,
    // "c" af63de4c8601eff2, "foobar" 85944171f73967e8; modulo 10 they are 7, 6, 9, 8, 8.
    [TestCase("", 0)]
    [TestCase("a", 0)]
    [TestCase("b", 2)]
    [TestCase("c", 1)]
    [TestCase("foobar", 1)]
    public void ByName_Name_DecidesByItsHash(string name, int part)
    {
        TextSplit split = TextSplit.ByName([new(name, "text")], _none);
        string[] parts = [split.Train, split.Validation, split.Test];
        Assert.That(Array.IndexOf(parts, "text"), Is.EqualTo(part));
    }

    [Test]
    public void ByName_Documents_KeepTheirOrderOnLinesOfTheirOwn() =>
        Assert.That(
            TextSplit.ByName([new("a", "2"), new("c", "x"), new("a", "1"), new("", "3"), new("b", "y")], _none),
            Is.EqualTo(new TextSplit("2\n1\n3", "x", "y")));

    [Test]
    public void ByName_TextsThatAreEqualAfterNormalising_AreKeptOnce() =>
        Assert.That(
            TextSplit.ByName(
                [new("a", "x  y"), new("b", "x y"), new("c", "z")], new(new(WhiteSpace: WhiteSpace.Collapse))),
            Is.EqualTo(new TextSplit("x y", "z", "")));

    // Of these texts only "b" has a hash of 9.
    [Test]
    public void ByContent_Documents_GoByTheHashOfTheirTextWithEmptyLinesBetween() =>
        Assert.That(
            TextSplit.ByContent(
                [new("1", "c"), new("2", "b"), new("3", "a"), new("4", "foobar\n"), new("5", "b"), new("6", "c")],
                _none),
            Is.EqualTo(new TextSplit("c\n\na\n\nfoobar\n\nc", "b\n\nb", "")));

    [Test]
    public void ByContent_TextsThatAreEqualAfterNormalising_NeverStraddle()
    {
        List<Document> documents = [];
        for (int i = 0; i < 200; i++)
        {
            documents.Add(new($"{i}", $"text {i}"));
            documents.Add(new($"{i} again", $"text\t {i}"));
        }

        TextSplit split = TextSplit.ByContent(documents, new(new(WhiteSpace: WhiteSpace.Collapse)));

        string[] train = split.Train.Split("\n\n");
        string[] validation = split.Validation.Split("\n\n");
        Assert.That(train.Intersect(validation), Is.Empty);
        Assert.That(train, Has.Length.EqualTo(400 - validation.Length));
        Assert.That(validation, Has.Length.InRange(20, 60));
    }

    [Test]
    public void ByContent_AllOnOneSide_MovesTheTextWithTheSmallestHash()
    {
        // "foobar" 85944171f73967e8 is below "a" and "c", af63….
        Assert.That(
            TextSplit.ByContent([new("1", "a"), new("2", "foobar"), new("3", "c"), new("4", "foobar")], _none),
            Is.EqualTo(new TextSplit("a\n\nc", "foobar\n\nfoobar", "")));
    }

    [Test]
    public void ByContent_TextsThatNormaliseToNothing_AreLeftOut() =>
        Assert.That(
            TextSplit.ByContent(
                [new("1", "\0"), new("2", "ab")], new(new(ControlCharacters: ControlCharacters.Remove))),
            Is.EqualTo(new TextSplit("a", "b", "")));

    [Test]
    public void ByContent_OneTextOnly_IsCutInTwo() =>
        Assert.That(
            TextSplit.ByContent([new("1", "0123456789"), new("2", "0123456789")], _none),
            Is.EqualTo(new TextSplit("012345678", "9", "")));
}
