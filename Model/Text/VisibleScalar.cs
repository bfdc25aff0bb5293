using System.Globalization;
using System.Text;

namespace MiniLstm.Model;

/// <summary>Scalars in messages and tables, where white space and marks that combine would not be seen.</summary>
internal static class VisibleScalar
{
    public static string Of(Rune scalar) => scalar.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        ' ' => "\u2423",
        _ => CanBeSeen(scalar) ? scalar.ToString() : CodePoint(scalar),
    };

    public static string CodePoint(Rune scalar) => $"U+{scalar.Value:X4}";

    private static bool CanBeSeen(Rune scalar) => Rune.GetUnicodeCategory(scalar) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);
}
