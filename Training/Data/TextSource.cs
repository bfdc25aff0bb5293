namespace MiniLstm.Training;

/// <summary>
/// Reads the texts that people bring: a file, a folder of files, or a stream such as standard input; UTF-8, strictly.
/// </summary>
public static class TextSource
{
    private const long MaximumBytes = 1_000_000_000;

    private static readonly EnumerationOptions _wholeTree = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,

        // Links are left out too: they may go round in circles.
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
    };

    /// <summary>Reads one file as one text.</summary>
    /// <param name="path">Path of the file, at most 1 GB.</param>
    /// <returns>Its text; a UTF-8 byte order mark is dropped.</returns>
    /// <exception cref="DataException">
    /// The file is missing, empty, too large, may not be read, or is not UTF-8 text; in the last case the message has
    /// the byte offset.
    /// </exception>
    public static string ReadFile(string path)
    {
        if (!File.Exists(path))
            throw new DataException(
                Directory.Exists(path)
                    ? $"{path} is a folder, expected a file"
                    : $"{path}: there is no such file; check the path");
        return NotEmpty(Utf8Text.Decode(ReadBytes(path), path), path);
    }

    /// <summary>Reads a stream to its end as one text.</summary>
    /// <param name="stream">The stream, at most 1 GB.</param>
    /// <param name="name">What messages call it, such as "standard input".</param>
    /// <returns>Its text; a UTF-8 byte order mark is dropped.</returns>
    /// <exception cref="DataException">As for a file.</exception>
    public static string ReadStream(Stream stream, string name)
    {
        using var bytes = new MemoryStream();
        try
        {
            byte[] block = new byte[1 << 16];
            int read;
            while ((read = stream.Read(block)) > 0)
            {
                bytes.Write(block, 0, read);
                ThrowIfTooLarge(bytes.Length, name);
            }
        }
        catch (IOException error)
        {
            throw new DataException($"{name} cannot be read: {error.Message}", error);
        }

        return NotEmpty(Utf8Text.Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), name), name);
    }

    /// <summary>Reads every text file below a folder, each a document, in ordinal order of the relative path.</summary>
    /// <remarks>
    /// Files named *.txt or *.md must be text. Any other file is one too, unless a NUL among its first 8,000 bytes
    /// shows that it is binary; then it is left out, as are empty files, links, and files and folders that are hidden.
    /// </remarks>
    /// <param name="path">Path of the folder; at most 1 GB of text in all.</param>
    /// <returns>
    /// At least one document, named by its path relative to the folder, with <c>/</c> between the parts.
    /// </returns>
    /// <exception cref="DataException">
    /// The folder is missing, has no text, or a file is refused as <see cref="ReadFile"/> says.
    /// </exception>
    public static IReadOnlyList<Document> ReadFolder(string path)
    {
        var documents = new List<Document>();
        long bytesInAll = 0;
        foreach ((string name, string file) in FilesBelow(path))
        {
            byte[] bytes = ReadBytes(file);
            if (!IsNamedAsText(name) && Utf8Text.LooksBinary(bytes))
                continue;
            bytesInAll += bytes.Length;
            ThrowIfTooLarge(bytesInAll, path);
            string text = Utf8Text.Decode(bytes, file);
            if (text.Length > 0)
                documents.Add(new(name, text));
        }

        if (documents.Count == 0)
            throw new DataException($"{path}: there is no text file below this folder; put *.txt or *.md files there");
        return documents;
    }

    private static List<(string Name, string File)> FilesBelow(string path)
    {
        if (!Directory.Exists(path))
            throw new DataException($"{path}: there is no such folder; check the path");
        try
        {
            var files = new List<(string Name, string File)>();
            foreach (string file in Directory.EnumerateFiles(path, "*", _wholeTree))
                files.Add((Path.GetRelativePath(path, file).Replace(Path.DirectorySeparatorChar, '/'), file));
            files.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return files;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    private static byte[] ReadBytes(string file)
    {
        try
        {
            ThrowIfTooLarge(new FileInfo(file).Length, file);
            return File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, error);
        }
    }

    private static bool IsNamedAsText(string name) =>
        name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".md", StringComparison.OrdinalIgnoreCase);

    private static string NotEmpty(string text, string name) =>
        text.Length > 0 ? text : throw new DataException($"{name} is empty; give a text to learn from");

    private static void ThrowIfTooLarge(long bytes, string name)
    {
        if (bytes > MaximumBytes)
            throw new DataException($"{name} has more than {MaximumBytes:N0} bytes of text; give less at a time");
    }

    private static DataException Unreadable(string path, Exception error) =>
        new($"{path} cannot be read: {error.Message}", error);
}
