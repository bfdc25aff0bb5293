using System.Text;
using System.Xml;

namespace MiniLstm.Training;

/// <summary>The plain text of a <c>summary</c> element of XML documentation.</summary>
internal static class SummaryText
{
    /// <summary>Reads an element to its end.</summary>
    /// <param name="xml">Stands at the start of the element, and afterwards at its end.</param>
    /// <returns>
    /// The text: a reference to a member is its short name, to a parameter its name, to a keyword the word; paragraphs
    /// become words beside words, and all white space one space.
    /// </returns>
    public static string Read(XmlReader xml)
    {
        if (xml.IsEmptyElement)
            return "";

        var text = new StringBuilder();
        int depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            switch (xml.NodeType)
            {
                case XmlNodeType.Element when xml.IsEmptyElement && Reference(xml) is string reference:
                    text.Append(reference);
                    break;
                case XmlNodeType.Element or XmlNodeType.EndElement when xml.Name is "para" or "p" or "br":
                    text.Append(' ');
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA:
                case XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    text.Append(xml.Value);
                    break;
            }
        }

        return Collapse(text.ToString());
    }

    private static string Collapse(string text)
    {
        var collapsed = new StringBuilder(text.Length);
        bool pending = false;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                pending = collapsed.Length > 0;
                continue;
            }

            if (pending)
                collapsed.Append(' ');
            pending = false;
            collapsed.Append(c);
        }

        return collapsed.ToString();
    }

    private static string? Reference(XmlReader xml) => xml.Name switch
    {
        "see" or "xref" when (xml.GetAttribute("cref") ?? xml.GetAttribute("uid")) is string member =>
            MemberName.Short(member),
        "see" => xml.GetAttribute("langword") ?? xml.GetAttribute("href"),
        "paramref" or "typeparamref" => xml.GetAttribute("name"),
        _ => null,
    };
}
