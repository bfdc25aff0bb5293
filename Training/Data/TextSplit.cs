using System.Text;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>A text in parts, so that what a model is judged on is nothing that it has learnt from.</summary>
/// <remarks>
/// Every way of splitting is a pure function of the normalised text and of the documents' names: no seed, and the same
/// parts in every version. "Hash" means FNV-1a with 64 bits over UTF-8, modulo 10. What decides is whether texts are
/// equal; near copies, such as two editions of a book, are the user's to keep out of a folder.
/// </remarks>
/// <param name="Train">What the model learns from.</param>
/// <param name="Validation">What settings and the best checkpoint are chosen on.</param>
/// <param name="Test">What the final model is judged on; empty where there is no such part.</param>
public sealed record TextSplit(string Train, string Validation, string Test)
{
    private const int Tenths = 10;

    /// <summary>
    /// Splits one text as is usual for language models: training is the first <c>(int)(0.9 * n)</c> of its n scalars,
    /// and validation the rest. There is no test part.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="normalizer">What is done to the text first.</param>
    /// <returns>The two parts.</returns>
    /// <exception cref="DataException">The normalised text has fewer than 2 scalars.</exception>
    public static TextSplit Contiguous(string text, TextNormalizer normalizer) =>
        Contiguous(normalizer.Normalize(text));

    /// <summary>
    /// Splits the documents of a folder by the hash of their text: 0 to 8 is training, 9 validation. Copies of a
    /// document are thus always on the same side, whatever they are called. There is no test part.
    /// </summary>
    /// <remarks>
    /// If all fall on one side, the text with the smallest hash (before modulo) is the other part. If there is but one
    /// text, however often, it is split as <see cref="Contiguous(string, TextNormalizer)"/> does. Documents keep their
    /// order; an empty line stands between two.
    /// </remarks>
    /// <param name="documents">The documents.</param>
    /// <param name="normalizer">What is done to each text first.</param>
    /// <returns>The two parts, neither of them empty.</returns>
    /// <exception cref="DataException">There is only one text, and it has fewer than 2 scalars.</exception>
    public static TextSplit ByContent(IEnumerable<Document> documents, TextNormalizer normalizer)
    {
        List<string> texts =
            [.. documents.Select(document => normalizer.Normalize(document.Text)).Where(text => text.Length > 0)];
        List<string> distinct = [.. texts.Distinct().OrderBy(StableHash.Of)];
        if (distinct.Count < 2)
            return Contiguous(distinct.FirstOrDefault(""));

        HashSet<string> validation = [.. distinct.Where(text => StableHash.Of(text) % Tenths == Tenths - 1)];
        if (validation.Count == 0)
            validation.Add(distinct[0]);
        else if (validation.Count == distinct.Count)
            validation.Remove(distinct[0]);

        return new(
            JoinByEmptyLines(texts.Where(text => !validation.Contains(text))),
            JoinByEmptyLines(texts.Where(validation.Contains)),
            "");
    }

    /// <summary>
    /// Splits documents by the hash of their name: 0 to 7 is training, 8 validation, 9 test. For the built-in corpus,
    /// where the name is that of a type, all members of a type are thus on the same side: the summaries of overloads
    /// are near copies.
    /// </summary>
    /// <remarks>Of equal texts the first stays. Documents keep their order; a line feed stands between two.</remarks>
    /// <param name="documents">The documents.</param>
    /// <param name="normalizer">What is done to each text first.</param>
    /// <returns>The three parts; with few names a part may be empty.</returns>
    public static TextSplit ByName(IEnumerable<Document> documents, TextNormalizer normalizer)
    {
        var seen = new HashSet<string>();
        List<string> train = [];
        List<string> validation = [];
        List<string> test = [];
        foreach (Document document in documents)
        {
            string text = normalizer.Normalize(document.Text);
            if (text.Length == 0 || !seen.Add(text))
                continue;
            List<string> part = (StableHash.Of(document.Name) % Tenths) switch
            {
                8 => validation,
                9 => test,
                _ => train,
            };
            part.Add(text);
        }

        return new(string.Join('\n', train), string.Join('\n', validation), string.Join('\n', test));
    }

    private static TextSplit Contiguous(string text)
    {
        int scalars = text.EnumerateRunes().Count();
        if (scalars < 2)
            throw new DataException(
                $"the text has {scalars} {(scalars == 1 ? "character" : "characters")}, but training and validation " +
                "need one each; give a longer text");

        int cut = 0;
        foreach (Rune scalar in text.EnumerateRunes().Take((int)(0.9 * scalars)))
            cut += scalar.Utf16SequenceLength;
        return new(text[..cut], text[cut..], "");
    }

    private static string JoinByEmptyLines(IEnumerable<string> texts)
    {
        var joined = new StringBuilder();
        foreach (string text in texts)
        {
            if (joined.Length > 0)
                joined.Append(joined[^1] == '\n' ? "\n" : "\n\n");
            joined.Append(text);
        }

        return joined.ToString();
    }
}
