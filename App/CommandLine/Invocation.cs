namespace MiniLstm.App;

/// <summary>How the user calls this program, so that what it says to do next can be copied into the shell.</summary>
internal static class Invocation
{
    private const string Name = "minilstm";

    /// <summary>A command line.</summary>
    /// <param name="arguments">The arguments; those with spaces are put in quotation marks.</param>
    /// <returns>Such as <c>minilstm train --resume runs/a</c>.</returns>
    public static string Of(params IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(Quote).Prepend(Program()));

    /// <summary>A path as it is shortest from the current folder.</summary>
    /// <param name="path">Any path.</param>
    /// <returns>Relative if it lies below the current folder, else absolute.</returns>
    public static string Shortest(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFullPath(path) : relative;
    }

    private static string Program()
    {
        string path = Environment.ProcessPath ?? Name;
        if (Path.GetFileNameWithoutExtension(path) != Name)
            return $"{Path.GetFileName(path)} {Quote(Shortest(Path.Combine(AppContext.BaseDirectory, $"{Name}.dll")))}";

        string[] searched = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return searched.Contains(Path.GetDirectoryName(path)) ? Name : Quote(Shortest(path));
    }

    private static string Quote(string argument) => argument.Contains(' ') ? $"\"{argument}\"" : argument;
}
