using System.IO.Compression;
using System.Xml;

namespace MiniLstm.Training;

/// <summary>
/// The text that training learns without further ado: the summaries in the XML documentation of .NET's reference
/// assemblies, read from the package Microsoft.NETCore.App.Ref as NuGet brings it.
/// </summary>
/// <remarks>
/// Left out are repetitions (the first of equal summaries stays) and the types of System.Runtime.Intrinsics, thousands
/// of near-identical instruction listings that would make every figure depend on which side of a split they fall.
/// </remarks>
public static class BuiltInCorpus
{
    private const string LeftOut = "System.Runtime.Intrinsics.";

    /// <summary>Reads the corpus; under a second.</summary>
    /// <param name="package">Path of the package, a zip with <c>ref/…/*.xml</c> inside.</param>
    /// <returns>
    /// A document for each distinct summary, named by the full name of its outermost declaring type, in the order of
    /// the package's XML files by name and of the members in them.
    /// </returns>
    /// <exception cref="DataException">
    /// The package is missing, cannot be read, or has no such documentation.
    /// </exception>
    public static IReadOnlyList<Document> Read(string package)
    {
        if (!File.Exists(package))
            throw new DataException(
                $"{package}: the built-in corpus is not there; build the program again, or give a text of your own");
        try
        {
            return ToDocuments(ReadSummaries(package), package);
        }
        catch (Exception error) when (
            error is IOException or InvalidDataException or UnauthorizedAccessException or XmlException)
        {
            throw new DataException($"{package}: the built-in corpus cannot be read: {error.Message}", error);
        }
    }

    private static List<(string Member, string Text)> ReadSummaries(string package)
    {
        using ZipArchive zip = ZipFile.OpenRead(package);
        var files = new List<ZipArchiveEntry>();
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (entry.FullName.StartsWith("ref/", StringComparison.Ordinal)
                && entry.FullName.EndsWith(".xml", StringComparison.Ordinal))
                files.Add(entry);
        }

        files.Sort((a, b) => string.CompareOrdinal(a.FullName, b.FullName));

        var summaries = new List<(string Member, string Text)>();
        foreach (ZipArchiveEntry file in files)
        {
            using Stream stream = file.Open();
            using XmlReader xml = XmlReader.Create(stream);
            while (xml.ReadToFollowing("member"))
            {
                string member = xml.GetAttribute("name") ?? "";
                if (xml.ReadToDescendant("summary"))
                    summaries.Add((member, SummaryText.Read(xml)));
            }
        }

        return summaries;
    }

    private static List<Document> ToDocuments(List<(string Member, string Text)> summaries, string package)
    {
        var types = new HashSet<string>();
        foreach ((string member, _) in summaries)
        {
            if (member.StartsWith("T:", StringComparison.Ordinal))
                types.Add(member[2..]);
        }

        var seen = new HashSet<string>();
        var documents = new List<Document>();
        foreach ((string member, string text) in summaries)
        {
            string type = OutermostType(member, types);
            if (text.Length > 0 && !type.StartsWith(LeftOut, StringComparison.Ordinal) && seen.Add(text))
                documents.Add(new(type, text));
        }

        if (documents.Count == 0)
            throw new DataException($"{package}: there is no XML documentation in it; build the program again");
        return documents;
    }

    // A member's name does not tell namespaces from types: the shortest prefix that is documented as a type is the
    // outermost one. A few internal members have no documented type; then the type is all but the last part of the
    // name.
    private static string OutermostType(string member, HashSet<string> types)
    {
        string name = MemberName.WithoutKindAndParameters(member);
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> prefixes = types.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int end = name.IndexOf('.'); end >= 0; end = name.IndexOf('.', end + 1))
        {
            if (prefixes.Contains(name.AsSpan(0, end)))
                return name[..end];
        }

        return types.Contains(name) ? name : name[..Math.Max(name.LastIndexOf('.'), 0)];
    }
}
