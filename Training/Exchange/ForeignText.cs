using System.Globalization;
using System.Text;

namespace MiniLstm.Training;

/// <summary>Text out of somebody else's file, made fit for a message: of any length, with any character, it stays part
/// of one line.</summary>
internal static class ForeignText
{
    private const int MaximumName = 80;
    private const int MaximumLine = 600;

    /// <summary>A name, what does not print escaped and a long one cut.</summary>
    public static string Show(string text) => Show(text, MaximumName);

    /// <summary>A name in quotation marks.</summary>
    public static string Quote(string text) => $"\"{Show(text)}\"";

    /// <summary>A whole message that holds such text.</summary>
    public static string OneLine(string text) => Show(text, MaximumLine);

    private static string Show(string text, int maximum)
    {
        var shown = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= maximum)
                return shown.Append("...").ToString();
            bool prints = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            shown.Append(prints ? rune.ToString() : $"\\u{rune.Value:X4}");
        }

        return shown.ToString();
    }
}
