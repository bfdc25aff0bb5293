using System.Xml.Linq;

namespace MiniLstm.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of MiniLstm.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The projects, by folder.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        ["App", "Bench", "Engine", "Kernels", "Model", "Tests", "Training"];

    /// <summary>Every C# source file of the projects, as a path from the root.</summary>
    public static IEnumerable<string> Sources => Projects.SelectMany(project =>
        Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/bin/") && !file.Contains("/obj/")));

    /// <summary>What a project refers to.</summary>
    /// <param name="project">Its folder.</param>
    /// <param name="kind">ProjectReference or PackageReference.</param>
    /// <returns>Names, in order.</returns>
    public static IReadOnlyList<string> References(string project, string kind) =>
    [
        .. XDocument.Load(Path.Combine(Root, project, project + ".csproj")).Descendants(kind)
            .Select(e => Path.GetFileNameWithoutExtension(e.Attribute("Include")!.Value.Replace('\\', '/')))
            .Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MiniLstm.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("MiniLstm.sln is in no folder above the tests");
    }
}
