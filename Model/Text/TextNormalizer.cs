using System.Text;

namespace MiniLstm.Model;

/// <summary>Brings text to one form before it is tokenized, in training and in use alike.</summary>
/// <remarks>
/// The steps, each left out where its option says "keep": line ends, control characters, Unicode form, white space. In
/// this order, no step undoes an earlier one (a control character between a letter and its accent would keep them from
/// composing, compatibility forms make new spaces), so that normalising twice gives what normalising once gives.
/// </remarks>
public sealed class TextNormalizer
{
    private const string LetterAndAccent = "e\u0301";

    private readonly NormalizationForm? _form;

    /// <summary>Makes a normaliser.</summary>
    /// <param name="options">What it does.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// An option has a value that is not a member of its enumeration.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">
    /// A Unicode form is asked for in globalization-invariant mode, where .NET leaves every text as it is and says
    /// nothing.
    /// </exception>
    public TextNormalizer(TextNormalizerOptions options)
    {
        ThrowIfUndefined(options.LineEnds);
        ThrowIfUndefined(options.WhiteSpace);
        ThrowIfUndefined(options.ControlCharacters);
        ThrowIfUndefined(options.UnicodeForm);

        Options = options;
        _form = options.UnicodeForm switch
        {
            UnicodeForm.Nfc => NormalizationForm.FormC,
            UnicodeForm.Nfd => NormalizationForm.FormD,
            UnicodeForm.Nfkc => NormalizationForm.FormKC,
            UnicodeForm.Nfkd => NormalizationForm.FormKD,
            _ => null,
        };
        if (_form is not null && LetterAndAccent.Normalize(NormalizationForm.FormC) == LetterAndAccent)
            throw new PlatformNotSupportedException(
                $"TextNormalizer: Unicode form {options.UnicodeForm} does nothing in globalization-invariant mode; " +
                "unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT and install ICU, or choose the Unicode form None");
    }

    /// <summary>What this normaliser does.</summary>
    public TextNormalizerOptions Options { get; }

    /// <summary>Normalises a text; one pass and one copy for each step that is asked for.</summary>
    /// <param name="text">
    /// Any text. Where a Unicode form is asked for, what has none (lone surrogates and U+FFFE) becomes U+FFFD.
    /// </param>
    /// <returns>The normalised text; normalising it again changes nothing.</returns>
    public string Normalize(string text)
    {
        if (Options.LineEnds == LineEnds.LineFeed)
            text = text.ReplaceLineEndings("\n");
        if (Options.ControlCharacters == ControlCharacters.Remove)
            text = RemoveControlCharacters(text);
        if (_form is NormalizationForm form)
            text = ReplaceWhatHasNoForm(text).Normalize(form);
        if (Options.WhiteSpace == WhiteSpace.Collapse)
            text = CollapseWhiteSpace(text);
        return text;
    }

    private static string RemoveControlCharacters(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!char.IsControl(c) || c is '\n' or '\t')
                kept.Append(c);
        }

        return kept.ToString();
    }

    // string.Normalize throws on these.
    private static string ReplaceWhatHasNoForm(string text)
    {
        var replaced = new StringBuilder(text.Length);
        foreach (Rune scalar in text.EnumerateRunes())
        {
            Rune valid = scalar.Value == 0xFFFE ? Rune.ReplacementChar : scalar;
            replaced.Append(valid);
        }

        return replaced.ToString();
    }

    // White space at the very end stays, as one space: the text may be a prompt that goes on.
    private static string CollapseWhiteSpace(string text)
    {
        var collapsed = new StringBuilder(text.Length);
        bool pending = false;
        foreach (char c in text)
        {
            if (c is ' ' or '\t')
            {
                pending = true;
                continue;
            }

            if (pending && c is not ('\n' or '\r'))
                collapsed.Append(' ');
            pending = false;
            collapsed.Append(c);
        }

        if (pending)
            collapsed.Append(' ');
        return collapsed.ToString();
    }

    private static void ThrowIfUndefined<TEnum>(TEnum value)
        where TEnum : struct, Enum
    {
        if (Enum.IsDefined(value))
            return;
        string names = string.Join(", ", Enum.GetNames<TEnum>());
        throw new ArgumentOutOfRangeException(
            nameof(value), $"TextNormalizer: {typeof(TEnum).Name} is {value}, expected one of {names}");
    }
}
