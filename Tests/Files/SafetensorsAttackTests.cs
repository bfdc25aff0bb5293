using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Files that are damaged or mean harm: each is refused with one line that names the byte.</summary>
[TestFixture]
public sealed class SafetensorsAttackTests
{
    private const string Sound = """{"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}""";

    /// <summary>A header, how many bytes of data follow it, the byte at which the refusal points, and part of its
    /// message. The byte is given as the text of the header that begins there, the last if there are two.</summary>
    private static IEnumerable<TestCaseData> Headers()
    {
        static TestCaseData Case(string what, string header, int dataLength, string at, string message)
        {
            int index = header.LastIndexOf(at, StringComparison.Ordinal);
            return new TestCaseData(header, dataLength, 8L + index, message).SetArgDisplayNames(what);
        }

        yield return Case("same name", $$"""{"a": {{Sound}}, "a": {{Sound}}}""", 2, "\"a\"", "\"a\" again");
        yield return Case("same, escaped", $$"""{"a": {{Sound}}, "\u0061": {{Sound}}}""", 2, "\"\\u", "\"a\" again");
        yield return Case("same metadata", """{"__metadata__": {}, "__metadata__": {}}""", 0, "\"_", "ata__\" again");
        yield return Case("same key", """{"__metadata__": {"k": "1", "k": "2"}}""", 0, "\"k\"", "\"k\" again");
        yield return Case("number", """{"__metadata__": {"k": 1}}""", 0, "1", "\"k\": expected a string, found Number");
        yield return Case("array", """{"__metadata__": ["k"]}""", 0, "[", "__metadata__: expected an object");
        yield return Case("array as tensor", """{"a": [1]}""", 0, "[", "\"a\": expected an object, found StartArray");
        yield return Case("deep", "{\"a\": [" + new string('{', 5000), 0, "[", "\"a\": expected an object");

        const string Entries = "expected dtype, shape and data_offsets";
        string open = Sound[..^1];
        yield return Case("no entry", """{"a": {}}""", 0, "}}", Entries);
        yield return Case("no shape", """{"a": {"dtype": "U8", "data_offsets": [0, 2]}}""", 2, "}}", Entries);
        yield return Case("two shapes", $$$"""{"a": {{{open}}}, "shape": [2]}}""", 2, "\"shape", "found \"shape\"");
        yield return Case("strides", $$$"""{"a": {{{open}}}, "strides": [1]}}""", 2, "\"strides", "found \"strides\"");

        foreach (string type in new[] { "F4", "f32", "8", "F32 " })
        {
            string message = $"unknown dtype \"{type}\", expected one of BOOL, U8";
            yield return Case($"type {type}", One($"\"{type}\"", "[2]", "[0, 2]"), 2, $"\"{type}", message);
        }

        yield return Case("type as number", One("8", "[2]", "[0, 2]"), 2, "8", "dtype: expected a string, found");

        string[] numbers =
            ["-1", "-0", "1e0", "1.0", "\"1\"", "null", "[1]", "9223372036854775808", "99999999999999999999", "{}"];
        foreach (string number in numbers)
        {
            string size = One("\"U8\"", $"[ {number}]", "[0, 1]");
            yield return Case($"size {number}", size, 1, $"{number}], ", "shape: expected at most 64 whole");
            string offset = One("\"U8\"", "[1]", $"[0, {number}]");
            yield return Case($"offset {number}", offset, 1, $"{number}]}}", "data_offsets: expected at most 2 whole");
        }

        string ones = string.Join(",", Enumerable.Repeat("1", 65));
        yield return Case("65 axes", One("\"U8\"", $"[{ones}]", "[0, 1]"), 1, "1], ", "shape: expected at most 64");
        yield return Case("3 offsets", One("\"U8\"", "[1]", "[0, 1, 1]"), 1, "1]}", "data_offsets: expected at most 2");
        yield return Case("1 offset", One("\"U8\"", "[1]", "[1]"), 1, "}}", "data_offsets, two numbers");
        yield return Case("no array", One("\"U8\"", "1", "[0, 1]"), 1, "1, ", "shape: expected an array, found Number");

        const string Shape = "\"shape";
        const string Offsets = "\"data_offsets";
        string wrapping = One("\"U8\"", "[4294967296, 4294967296]", "[0, 0]");
        yield return Case("product wraps to 0", wrapping, 0, Shape, "fits 64 bits, found [4294967296, 4294967296]");
        string wrappingBytes = One("\"F64\"", "[2305843009213693952]", "[0, 0]");
        yield return Case("bytes wrap to 0", wrappingBytes, 0, Shape, "fits 64 bits");
        string large = One("\"F32\"", "[1000000000]", "[0, 8]");
        yield return Case("large shape", large, 8, Offsets, "hold 8 bytes, expected 4000000000 for F32 [1000000000]");
        yield return Case("small shape", One("\"F32\"", "[2]", "[0, 12]"), 12, Offsets, "hold 12 bytes, expected 8");
        yield return Case("truncated", One("\"F32\"", "[2]", "[0, 8]"), 7, Offsets, "within the 7 bytes of data that");
        yield return Case("9 GB", One("\"U8\"", "[9000000000]", "[0, 9000000000]"), 7, Offsets, "within the 7 bytes");
        yield return Case("descending", One("\"U8\"", "[2]", "[4, 2]"), 4, Offsets, "expected an ascending pair");

        yield return Case("no end", """{"a": """, 0, "", "valid JSON");
        yield return Case("comma", $$"""{"a": {{Sound}},}""", 2, "}", "valid JSON");
        yield return Case("two headers", "{}{}", 0, "{", "valid JSON");
        yield return Case("comment", "{/* */}", 0, "/* ", "valid JSON");
        yield return Case("half a pair", One("\"\\ud800\"", "[2]", "[0, 2]"), 2, "\"\\u", "valid Unicode");
        yield return Case("space first", " {}", 0, " ", "the start of the header");
        yield return Case("array as header", "[]", 0, "[", "the start of the header");
    }

    [TestCaseSource(nameof(Headers))]
    public void Open_HeaderThatTheFormatForbids_IsRefusedAtItsByte(
        string header, int dataLength, long offset, string message) =>
        Refuses(FileFolder.Bytes(header, new byte[dataLength]), offset, message);

    /// <summary>Data from byte 153 on, and the offsets of two tensors that should cover it.</summary>
    [TestCase("[0, 4]", "[2, 6]", 6, 2, "\"b\" begins here, expected byte 157, where the data before it ends: tensors")]
    [TestCase("[0, 4]", "[0, 4]", 4, 0, "tensors overlap")]
    [TestCase("[0, 4]", "[5, 9]", 9, 5, "there is a hole")]
    [TestCase("[1, 5]", "[5, 9]", 9, 1, "\"a\" begins here, expected byte 153")]
    [TestCase("[0, 4]", "[4, 8]", 9, 8, "expected the file to end here, with its last tensor; it has 162 bytes")]
    [TestCase("[0, 4]", "[2, 2]", 4, 2, "\"b\" begins here, expected byte 157")]
    [TestCase("[0, 4]", "[5, 5]", 5, 5, "there is a hole")]
    [TestCase("[0, 4]", "[4, 4]", 4, null, "")]
    [TestCase("[0, 4]", "[0, 0]", 4, null, "")]
    [TestCase("[4, 8]", "[0, 4]", 8, null, "")]
    public void Open_TensorsThatDoNotCoverTheData_AreRefused(
        string first, string second, int dataLength, int? offset, string message)
    {
        static int Length(string offsets) => offsets[4] - offsets[1];
        string header = $$$"""
            {"a": {"dtype": "U8", "shape": [{{{Length(first)}}}], "data_offsets": {{{first}}}},
             "b": {"dtype": "U8", "shape": [{{{Length(second)}}}], "data_offsets": {{{second}}}}}
            """.PadRight(145);
        byte[] bytes = FileFolder.Bytes(header, new byte[dataLength]);
        if (offset is int wrong)
        {
            Refuses(bytes, 153 + wrong, message);
            return;
        }

        using var folder = new FileFolder();
        Assert.That(() => folder.Open(bytes).Dispose(), Throws.Nothing);
    }

    [Test]
    public void Open_InvalidUtf8InAName_IsRefusedAtItsByte()
    {
        byte[] bytes = FileFolder.Bytes("""{"?": {"dtype": "U8", "shape": [], "data_offsets": [0, 1]}}""", new byte[1]);
        bytes[10] = 0xFF;
        Refuses(bytes, 9, "expected valid Unicode");
    }

    [TestCase(new byte[] { }, 0, "found an empty one")]
    [TestCase(new byte[] { 2, 0, 0 }, 3, "found the end of the file (truncated?)")]
    [TestCase(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0 }, 8, "found the end of the file (truncated?)")]
    [TestCase(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, 0x7B }, 0, "at most the 1 bytes that follow, found 2 (truncated")]
    [TestCase(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0x7B }, 0, "found 0")]
    [TestCase(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 0x7B, 0x7D }, 0, "found 18446744073709551615")]
    public void Open_TooShortForItsHeader_IsRefused(byte[] bytes, long offset, string message) =>
        Refuses(bytes, offset, message);

    [Test]
    public void Open_HeaderAboveTheLimit_IsRefusedThoughTheFileHasIt()
    {
        using var folder = new FileFolder();
        string path = folder.Add("long.safetensors", [1, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, (byte)'{', (byte)'}']);
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(200_000_000);
        }

        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains("from 2 to 100000000").And.Message.Contains("found 100000001"));
    }

    [Test]
    public void Open_Pickle_IsRefusedWithTheReason([Values(2, 3, 4, 5)] byte protocol)
    {
        const string Reason = "found a pickle file, which can execute code";
        Refuses([0x80, protocol, .. "\x95\x20\0\0\0\0\0\0\0cposix\nsystem\n"u8], 0, Reason);
        Refuses([0x80, protocol, (byte)'.'], 0, Reason);
    }

    [Test]
    public void Open_ZipWithPickle_IsRefusedWithTheReason() =>
        Refuses([.. "PK\x03\x04"u8, .. new byte[26], .. "archive/data.pkl"u8], 0, "safetensors.torch.save_file");

    [Test]
    public void Open_OtherZip_IsRefusedAsNoSafetensorsFile() =>
        Refuses([.. "PK\x03\x04\x14\0\0\0"u8, .. new byte[22], .. "config.json"u8], 0, "or not a safetensors file");

    [TestCase("model.pt")]
    [TestCase("model.PTH")]
    [TestCase("pytorch_model.bin")]
    [TestCase("last.ckpt")]
    [TestCase("model.pkl")]
    [TestCase("model.pickle")]
    public void Open_NameOfPickle_IsRefusedWhateverItContains(string name)
    {
        using var folder = new FileFolder();
        string path = folder.Add(name, FileFolder.Bytes("{}"));
        Assert.That(() => SafetensorsFile.Open(path),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("pickle").And.Message.StartsWith(path + ": "));
    }

    [Test]
    public void Open_GitLfsPointer_SaysHowToFetchTheFile() => Refuses(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"u8, 0, "git lfs pull");

    [Test]
    public void Open_NotThere_ThrowsWhatTheSystemSays()
    {
        using var folder = new FileFolder();
        Assert.That(() => SafetensorsFile.Open(folder["none.safetensors"]), Throws.TypeOf<FileNotFoundException>());
        Assert.That(() => SafetensorsFile.Open(folder.Path), Throws.TypeOf<UnauthorizedAccessException>());
    }

    [Test]
    public void Open_NameWithControlCharacters_StaysOneHarmlessLine()
    {
        using var folder = new FileFolder();
        string name = "\\u001b[2J\\n" + new string('n', 5000);
        Assert.That(() => folder.Open(FileFolder.Bytes("{\"" + name + "\": 1}")), Throws.TypeOf<ModelFileException>()
            .With.Message.Not.Match("[\\x00-\\x1f]").And.Message.Length.LessThan(400));
    }

    [Test]
    public void Open_Refused_LeavesTheFileClosed()
    {
        using var folder = new FileFolder();
        string path = folder.Add("case.safetensors", FileFolder.Bytes("{]"));
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<ModelFileException>());
        Assert.That(
            () => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose(), Throws.Nothing);
    }

    private static string One(string type, string shape, string offsets) =>
        $$$"""{"a": {"dtype": {{{type}}}, "shape": {{{shape}}}, "data_offsets": {{{offsets}}}}}""";

    private static void Refuses(ReadOnlySpan<byte> bytes, long offset, string message)
    {
        using var folder = new FileFolder();
        string path = folder.Add("case.safetensors", bytes);
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains(message)
            .And.Message.StartsWith($"{path}, byte {offset}: ")
            .And.Property(nameof(ModelFileException.File)).EqualTo(path)
            .And.Property(nameof(ModelFileException.Offset)).EqualTo(offset));
    }
}
