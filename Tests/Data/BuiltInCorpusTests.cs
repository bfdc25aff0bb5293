using System.IO.Compression;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class BuiltInCorpusTests
{
    private static readonly string _package = Path.Combine(AppContext.BaseDirectory, "corpus.nupkg");

    private IReadOnlyList<Document> _documents = [];
    private TextSplit _split = new("", "", "");

    [OneTimeSetUp]
    public void ReadAndSplitThePackage()
    {
        _documents = BuiltInCorpus.Read(_package);
        _split = TextSplit.ByName(_documents, new(new()));
    }

    [Test]
    public void Read_Package_HasItsKnownSize()
    {
        Assert.That(_documents, Has.Count.EqualTo(37_689));
        Assert.That(_documents.Sum(document => (long)document.Text.Length), Is.EqualTo(3_349_844));
    }

    [Test]
    public void Read_Package_HasDistinctTextsOfOneLine()
    {
        Assert.That(_documents.Select(document => document.Text), Is.Unique);
        Assert.That(_documents.Where(d => d.Text.Length == 0 || d.Text != string.Join(' ', d.Text.Split())), Is.Empty);
    }

    [TestCase(
        "System.Collections.BitArray",
        "Manages a compact array of bit values, which are represented as Booleans, where true indicates that the bit " +
        "is on (1) and false indicates the bit is off (0).")]
    [TestCase(
        "System.Collections.BitArray",
        "Initializes a new instance of the BitArray class that contains bit values copied from the specified array " +
        "of Booleans.")]
    public void Read_Package_RendersReferencesAsWords(string type, string text) =>
        Assert.That(_documents, Does.Contain(new Document(type, text)));

    [Test]
    public void Read_Package_LeavesOutIntrinsics() =>
        Assert.That(
            _documents.Where(d => d.Name.StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void Read_SmallPackage_RendersEveryKindOfReference()
    {
        const string Xml = """
            <doc><members>
              <member name="T:N.Outer`1"><summary>A <c>code</c>
                text, <see cref="M:N.Outer`1.Add(System.Int32,System.String)" /> and
                <see cref="M:N.Outer`1.#ctor" />.</summary></member>
              <member name="P:N.Outer`1.Inner.N#IFace#Size">
                <summary><para>First.</para><para>Second: <see langword="null" />.</para></summary></member>
              <member name="M:N.Outer`1.Inner.Do"><summary>Uses <paramref name="x" />, <typeparamref name="T" />,
                <see cref="P:N.Outer`1.Inner.N#IFace#Size" /> and
                <see cref="T:N.Outer`1">its own words</see> &lt;3.</summary></member>
              <member name="T:N.Outer`1.Inner"><summary /></member>
              <member name="F:N.Other.Field"><remarks>No summary.</remarks></member>
              <member name="F:N.Other.Last">
                <summary>See <see href="https://example.org" />.</summary><remarks>Not this.</remarks></member>
            </members></doc>
            """;

        Assert.That(
            ReadPackage(("ref/net10.0/N.xml", Xml)),
            Is.EqualTo(new Document[]
            {
                new("N.Outer`1", "A code text, Add and Outer."),
                new("N.Outer`1", "First. Second: null."),
                new("N.Outer`1", "Uses x, T, Size and its own words <3."),
                new("N.Other", "See https://example.org."),
            }));
    }

    [Test]
    public void Read_SmallPackage_KeepsTheFirstOfEqualSummariesInFileOrder()
    {
        Assert.That(
            ReadPackage(
                ("ref/net10.0/B.xml", Members(("T:B", "same"), ("T:B.C", "more"))),
                ("lib/net10.0/0.xml", Members(("T:Z", "not a reference assembly"))),
                ("ref/net10.0/A.xml", Members(("T:A", "same"), ("T:System.Runtime.Intrinsics.V", "left out")))),
            Is.EqualTo(new Document[] { new("A", "same"), new("B", "more") }));
    }

    [Test]
    public void Read_MissingPackage_SaysWhatToDo() =>
        Assert.That(
            () => BuiltInCorpus.Read("nowhere/corpus.nupkg"),
            Throws.InstanceOf<DataException>().With.Message.EqualTo(
                "nowhere/corpus.nupkg: the built-in corpus is not there; build the program again, or give a text of " +
                "your own"));

    [Test]
    public void Read_NoZip_SaysSo() =>
        Assert.That(
            () => BuiltInCorpus.Read(typeof(BuiltInCorpusTests).Assembly.Location),
            Throws.InstanceOf<DataException>().With.Message.Contains("the built-in corpus cannot be read"));

    [Test]
    public void Read_DamagedXml_SaysSo() =>
        Assert.That(
            () => ReadPackage(("ref/net10.0/A.xml", "<doc><members><member name='T:A'><summary>a</doc>")),
            Throws.InstanceOf<DataException>().With.Message.Contains("the built-in corpus cannot be read"));

    [Test]
    public void Read_PackageWithoutDocumentation_SaysSo() =>
        Assert.That(
            () => ReadPackage(("ref/net10.0/A.dll", "")),
            Throws.InstanceOf<DataException>().With.Message.Contains("there is no XML documentation in it"));

    [Test]
    public void ByName_Package_LetsNeitherTypesNorTextsStraddle()
    {
        string[][] parts = [_split.Train.Split('\n'), _split.Validation.Split('\n'), _split.Test.Split('\n')];

        Assert.That(parts.Select(part => part.Length), Is.EqualTo(new[] { 30_381, 3_574, 3_734 }));
        Assert.That(parts.SelectMany(part => part), Is.Unique);

        Dictionary<string, string> types = _documents.ToDictionary(d => d.Text, d => d.Name);
        var typesOfParts = parts.Select(part => part.Select(text => types[text]).ToHashSet()).ToList();
        Assert.That(typesOfParts[0].Overlaps(typesOfParts[1]), Is.False);
        Assert.That(typesOfParts[0].Overlaps(typesOfParts[2]), Is.False);
        Assert.That(typesOfParts[1].Overlaps(typesOfParts[2]), Is.False);
    }

    [TestCase(3, 1.6877)]
    [TestCase(6, 0.8887)]
    public void KneserNey_Package_HasItsKnownFigure(int order, double nats)
    {
        CharacterTokenizer tokenizer = CharacterTokenizer.FromText(_split.Train);

        KneserNey model = KneserNey.Train(tokenizer.Encode(_split.Train), tokenizer.Count, order);

        Assert.That(model.NatsPerToken(tokenizer.Encode(_split.Validation)), Is.EqualTo(nats).Within(0.0001));
    }

    private static string Members(params (string Name, string Summary)[] members)
    {
        IEnumerable<string> elements = members.Select(
            member => $"<member name='{member.Name}'><summary>{member.Summary}</summary></member>");
        return $"<doc><members>{string.Concat(elements)}</members></doc>";
    }

    private static IReadOnlyList<Document> ReadPackage(params (string Name, string Content)[] files)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream stream = File.Create(path))
            using (var zip = new ZipArchive(stream, ZipArchiveMode.Create))
            {
                foreach ((string name, string content) in files)
                {
                    using StreamWriter writer = new(zip.CreateEntry(name).Open());
                    writer.Write(content);
                }
            }

            return BuiltInCorpus.Read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
