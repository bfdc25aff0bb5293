using System.Text;
using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class TextSourceTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("minilstm-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void ReadFile_Utf8_IsItsTextUnchanged() =>
        Assert.That(TextSource.ReadFile(Write("a.txt", "é\U0001F600\r\n \t"u8)), Is.EqualTo("é\U0001F600\r\n \t"));

    [Test]
    public void ReadFile_ByteOrderMark_IsDropped() =>
        Assert.That(TextSource.ReadFile(Write("a.txt", "\uFEFFab\uFEFF"u8)), Is.EqualTo("ab\uFEFF"));

    [TestCase(new byte[] { 0x61, 0xE9, 0x62 }, 1, "0xE9")]
    [TestCase(new byte[] { 0xEF, 0xBB, 0xBF, 0x61, 0xFF }, 4, "0xFF")]
    [TestCase(new byte[] { 0x61, 0xED, 0xA0, 0x80 }, 1, "0xED", Description = "an encoded surrogate")]
    [TestCase(new byte[] { 0x61, 0xC0, 0xAF }, 1, "0xC0", Description = "an overlong form")]
    [TestCase(new byte[] { 0x61, 0x62, 0xE2, 0x82 }, 2, "0xE2", Description = "cut off at the end")]
    public void ReadFile_InvalidUtf8_NamesFileByteAndOffset(byte[] bytes, int offset, string value)
    {
        string file = Write("a.txt", bytes);
        Assert.That(
            () => TextSource.ReadFile(file),
            Throws.InstanceOf<DataException>()
                .With.Message.StartsWith($"{file}, byte {offset}: {value} is not valid UTF-8"));
    }

    [TestCase("utf-16", "UTF-16")]
    [TestCase("utf-16BE", "UTF-16")]
    [TestCase("utf-32", "UTF-32")]
    [TestCase("utf-32BE", "UTF-32")]
    public void ReadFile_OtherByteOrderMark_NamesTheEncoding(string encoding, string expected)
    {
        var writer = Encoding.GetEncoding(encoding);
        string file = Write("a.txt", [.. writer.GetPreamble(), .. writer.GetBytes("text")]);
        Assert.That(
            () => TextSource.ReadFile(file),
            Throws.InstanceOf<DataException>().With.Message.EqualTo(
                $"{file} is {expected} by its byte order mark; save it as UTF-8 (iconv -f {expected} -t UTF-8)"));
    }

    [Test]
    public void ReadFile_Binary_SaysSo()
    {
        string file = Write("a.txt", "PK\u0003\u0004\0\0"u8);
        Assert.That(
            () => TextSource.ReadFile(file),
            Throws.InstanceOf<DataException>().With.Message.EqualTo(
                $"{file}, byte 4: NUL, so this looks like a binary file; give text in UTF-8"));
    }

    [Test]
    public void ReadFile_Empty_SaysSo([Values("", "\uFEFF")] string content)
    {
        string file = Write("a.txt", Encoding.UTF8.GetBytes(content));
        Assert.That(
            () => TextSource.ReadFile(file),
            Throws.InstanceOf<DataException>().With.Message.EqualTo($"{file} is empty; give a text to learn from"));
    }

    [Test]
    public void ReadFile_Missing_SaysSo()
    {
        string file = Path.Combine(_folder, "no.txt");
        Assert.That(
            () => TextSource.ReadFile(file),
            Throws.InstanceOf<DataException>().With.Message.EqualTo($"{file}: there is no such file; check the path"));
    }

    [Test]
    public void ReadFile_Folder_SaysSo() =>
        Assert.That(
            () => TextSource.ReadFile(_folder),
            Throws.InstanceOf<DataException>().With.Message.EqualTo($"{_folder} is a folder, expected a file"));

    [Test]
    public void ReadFile_Locked_CannotBeRead()
    {
        string file = Write("a.txt", "text"u8);
        using FileStream locked = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.That(
            () => TextSource.ReadFile(file),
            Throws.InstanceOf<DataException>().With.Message.StartsWith($"{file} cannot be read: "));
    }

    [Test]
    public void ReadStream_Utf8_IsItsText()
    {
        using var stream = new MemoryStream([0xEF, 0xBB, 0xBF, 0xC3, 0xA9]);
        Assert.That(TextSource.ReadStream(stream, "standard input"), Is.EqualTo("é"));
    }

    [Test]
    public void ReadStream_Empty_NamesTheStream() =>
        Assert.That(
            () => TextSource.ReadStream(Stream.Null, "standard input"),
            Throws.InstanceOf<DataException>()
                .With.Message.EqualTo("standard input is empty; give a text to learn from"));

    [Test]
    public void ReadStream_LongAndInvalid_NamesTheOffset()
    {
        byte[] bytes = new byte[200_000];
        Array.Fill(bytes, (byte)'a');
        bytes[150_000] = 0x80;
        using var stream = new MemoryStream(bytes);
        Assert.That(
            () => TextSource.ReadStream(stream, "standard input"),
            Throws.InstanceOf<DataException>().With.Message.StartsWith("standard input, byte 150000: 0x80"));
    }

    [Test]
    public void ReadFolder_Tree_IsInOrdinalOrderOfRelativePaths()
    {
        Write("b.txt", "1"u8);
        Write("B.md", "2"u8);
        Write("a/z.txt", "3"u8);
        Write("a.txt", "4"u8);
        Write("notes.rst", "5"u8);

        Document[] expected =
            [new("B.md", "2"), new("a.txt", "4"), new("a/z.txt", "3"), new("b.txt", "1"), new("notes.rst", "5")];
        Assert.That(TextSource.ReadFolder(_folder), Is.EqualTo(expected));
    }

    [Test]
    public void ReadFolder_BinaryHiddenAndEmptyFiles_AreLeftOut()
    {
        Write("picture.png", [0x89, 0x50, 0x4E, 0x47, 0x00]);
        Write(".hidden.txt", "1"u8);
        Write(".git/config", "2"u8);
        Write("empty.txt", []);
        Write("text.txt", "3"u8);

        Assert.That(TextSource.ReadFolder(_folder), Is.EqualTo(new Document[] { new("text.txt", "3") }));
    }

    [Test]
    public void ReadFolder_TextThatIsNotUtf8_IsRefused([Values("a.txt", "a.csv")] string name)
    {
        string file = Write(name, [0x61, 0xE9]);
        Assert.That(
            () => TextSource.ReadFolder(_folder),
            Throws.InstanceOf<DataException>().With.Message.StartsWith($"{file}, byte 1: 0xE9"));
    }

    [Test]
    public void ReadFolder_BinaryNamedAsText_IsRefused()
    {
        string file = Write("a.txt", [0x61, 0x00]);
        Assert.That(
            () => TextSource.ReadFolder(_folder),
            Throws.InstanceOf<DataException>().With.Message.StartsWith($"{file}, byte 1: NUL"));
    }

    [Test]
    public void ReadFolder_NoText_SaysWhatToDo() =>
        Assert.That(
            () => TextSource.ReadFolder(_folder),
            Throws.InstanceOf<DataException>().With.Message.EqualTo(
                $"{_folder}: there is no text file below this folder; put *.txt or *.md files there"));

    [Test]
    public void ReadFolder_Missing_SaysSo() =>
        Assert.That(
            () => TextSource.ReadFolder(Path.Combine(_folder, "no")),
            Throws.InstanceOf<DataException>().With.Message.EndsWith("there is no such folder; check the path"));

    private string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
