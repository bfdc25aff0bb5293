using System.Text.Json.Serialization;

namespace MiniLstm.App;

/// <summary>What kind of place a run's text came from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TextKind>))]
internal enum TextKind
{
    /// <summary>The corpus that lies beside the program.</summary>
    [JsonStringEnumMemberName("builtIn")]
    BuiltIn,

    /// <summary>One file.</summary>
    [JsonStringEnumMemberName("file")]
    File,

    /// <summary>All text files below a folder.</summary>
    [JsonStringEnumMemberName("folder")]
    Folder,

    /// <summary>Standard input; since it can be read only once, the run's folder keeps a copy.</summary>
    [JsonStringEnumMemberName("standardInput")]
    StandardInput,
}

/// <summary>Where a run's text is.</summary>
/// <param name="Kind">What kind of place.</param>
/// <param name="Path">The full path of file or folder; of standard input, that of its copy, relative to the run's
/// folder; else empty.</param>
internal sealed record TextOrigin(TextKind Kind, string Path)
{
    /// <summary>The built-in corpus.</summary>
    public static TextOrigin BuiltIn { get; } = new(TextKind.BuiltIn, "");

    /// <summary>What an option <c>--data</c> means.</summary>
    /// <param name="data">A file, a folder, <c>-</c> for standard input, or null for the built-in corpus.</param>
    /// <returns>The place.</returns>
    /// <exception cref="UsageException">It is not there.</exception>
    public static TextOrigin Of(string? data)
    {
        if (data is null)
            return BuiltIn;
        if (data == "-")
            return new(TextKind.StandardInput, RunFolder.TextCopyName);
        if (Directory.Exists(data))
            return new(TextKind.Folder, System.IO.Path.GetFullPath(data));
        if (System.IO.File.Exists(data))
            return new(TextKind.File, System.IO.Path.GetFullPath(data));
        throw new UsageException($"--data {data}: there is no such file or folder; check the path");
    }

    /// <summary>The place in words.</summary>
    /// <returns>Such as <c>standard input</c>.</returns>
    public override string ToString() => Kind switch
    {
        TextKind.BuiltIn => "the built-in corpus (.NET documentation)",
        TextKind.StandardInput => "standard input",
        _ => Invocation.Shortest(Path),
    };
}
