namespace MiniLstm.Model;

/// <summary>Writes files that are never half there.</summary>
public static class AtomicFile
{
    private const string Extension = ".tmp";

    /// <summary>Creates or replaces a file: who looks at <paramref name="path"/>, at any instant and after a kill at
    /// any instant, finds the previous content or the new one, whole.</summary>
    /// <remarks>
    /// <para>The content goes to a temporary file in the same folder, <c>.NAME.UNIQUE.tmp</c>, is flushed to the disk,
    /// and only then renamed over the target, which file systems do as one step. If anything fails the temporary file
    /// is deleted and the target untouched. A symbolic link at the path is replaced, not followed.</para>
    /// <para>After a power failure too, what is found is whole; it may be the previous content, though this method had
    /// returned, since .NET has no portable way to flush the folder's entry.</para>
    /// <para>What a killed process left behind is deleted by the next write of the same path. Each writer has a file of
    /// its own and keeps it locked until it is renamed, so that two processes neither mix their content nor take each
    /// other's living file for a dead one; the last to finish wins. (One fixed name would not do: a second writer could
    /// open it just before the first renames it, and then write into the target.) Should a second writer come between
    /// a file's creation and its locking, the first fails with an <see cref="IOException"/>, nothing worse.</para>
    /// </remarks>
    /// <param name="path">The file to create or replace; its folder must exist.</param>
    /// <param name="write">Writes the content; the stream is closed afterwards.</param>
    /// <exception cref="IOException">The disk is full, the folder is not there, or something else fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string target = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(target) ?? throw new IOException($"{path} is a folder, not a file");
        string prefix = $".{Path.GetFileName(target)}.";
        DeleteLeftovers(folder, prefix);

        string temporary = Path.Combine(folder, $"{prefix}{Guid.NewGuid():N}{Extension}");
        try
        {
            // Shared for deletion alone: it may be renamed while it is open, on Windows too, and is locked for others.
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Delete);
            write(stream);
            stream.Flush(flushToDisk: true);
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            DeleteUnlessInUse(temporary);
            throw;
        }
    }

    private static void DeleteLeftovers(string folder, string prefix)
    {
        int length = prefix.Length + Guid.Empty.ToString("N").Length + Extension.Length;
        foreach (string file in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            string name = Path.GetFileName(file);
            if (name.Length == length && name.StartsWith(prefix, StringComparison.Ordinal))
                DeleteUnlessInUse(file);
        }
    }

    private static void DeleteUnlessInUse(string file)
    {
        try
        {
            // Refused while a living process has it open; the system takes that lock from a dead one.
            File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays for a later write.
        }
    }
}
