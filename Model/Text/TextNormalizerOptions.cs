using System.Text.Json.Serialization;

namespace MiniLstm.Model;

/// <summary>What becomes of line ends.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<LineEnds>))]
public enum LineEnds
{
    /// <summary>They stay as they are.</summary>
    Keep,

    /// <summary>Each becomes U+000A: CR LF, CR, FF, U+0085, U+2028 and U+2029.</summary>
    LineFeed,
}

/// <summary>What becomes of white space within lines.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<WhiteSpace>))]
public enum WhiteSpace
{
    /// <summary>It stays as it is.</summary>
    Keep,

    /// <summary>A run of spaces and tabs becomes one space, or nothing before a line end.</summary>
    Collapse,
}

/// <summary>What becomes of control characters (Unicode category Cc) other than line feed and tab.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ControlCharacters>))]
public enum ControlCharacters
{
    /// <summary>They stay as they are.</summary>
    Keep,

    /// <summary>They are left out. Carriage return is one of them.</summary>
    Remove,
}

/// <summary>The Unicode normalisation form (Unicode Standard Annex 15) that a text is brought to.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<UnicodeForm>))]
public enum UnicodeForm
{
    /// <summary>The text stays as it is.</summary>
    None,

    /// <summary>Canonical composition: e with an acute accent is one scalar.</summary>
    Nfc,

    /// <summary>Canonical decomposition: e with an acute accent is two scalars.</summary>
    Nfd,

    /// <summary>Compatibility composition: ligatures, wide letters and the like also become plain ones.</summary>
    Nfkc,

    /// <summary>Compatibility decomposition.</summary>
    Nfkd,
}

/// <summary>What a <see cref="TextNormalizer"/> does; without arguments, nothing.</summary>
/// <param name="LineEnds">What becomes of line ends.</param>
/// <param name="WhiteSpace">What becomes of white space within lines.</param>
/// <param name="ControlCharacters">What becomes of control characters.</param>
/// <param name="UnicodeForm">The Unicode form.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TextNormalizerOptions(
    LineEnds LineEnds = LineEnds.Keep,
    WhiteSpace WhiteSpace = WhiteSpace.Keep,
    ControlCharacters ControlCharacters = ControlCharacters.Keep,
    UnicodeForm UnicodeForm = UnicodeForm.None);
