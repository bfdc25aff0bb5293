namespace MiniLstm.Tests;

/// <summary>The genuine files of Keras under Parity/keras-files.</summary>
internal static class KerasFiles
{
    /// <summary>Their names, sorted.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(Folder)
            .Where(file => Path.GetExtension(file) is ".h5" or ".keras")
            .Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
    ];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Parity", "keras-files");

    /// <summary>The path of a file.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name);
}
