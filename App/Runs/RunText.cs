using System.Security.Cryptography;
using System.Text;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>A run's text, normalised and split.</summary>
/// <param name="Split">Its parts.</param>
/// <param name="Copy">What came from standard input and has to be kept, else null.</param>
internal sealed record RunText(TextSplit Split, string? Copy)
{
    private const string CorpusName = "corpus.nupkg";

    /// <summary>How a new run's text is normalised. Its <c>tokenizer.json</c> records it.</summary>
    public static TextNormalizerOptions Normalization { get; } = new(
        LineEnds.LineFeed,
        WhiteSpace.Keep,
        ControlCharacters.Remove,
        UnicodeForm.Nfc);

    /// <summary>The SHA-256 of the parts as the run sees them: that a resumed run goes on with the same text.</summary>
    public string Sha256
    {
        get
        {
            byte[] bytes = Encoding.UTF8.GetBytes(string.Join('\0', Split.Train, Split.Validation, Split.Test));
            return Convert.ToHexStringLower(SHA256.HashData(bytes));
        }
    }

    /// <summary>Reads the text of a new run.</summary>
    /// <param name="origin">Where it is.</param>
    /// <param name="normalizer">What is done to it first.</param>
    /// <returns>The text.</returns>
    /// <exception cref="DataException">It cannot be read or is no text.</exception>
    public static RunText Read(TextOrigin origin, TextNormalizer normalizer)
    {
        switch (origin.Kind)
        {
            case TextKind.StandardInput:
                using (Stream input = Console.OpenStandardInput())
                {
                    string copy = TextSource.ReadStream(input, "standard input");
                    return new(TextSplit.Contiguous(copy, normalizer), copy);
                }

            case TextKind.File:
                return new(TextSplit.Contiguous(TextSource.ReadFile(origin.Path), normalizer), null);
            case TextKind.Folder:
                return new(TextSplit.ByContent(TextSource.ReadFolder(origin.Path), normalizer), null);
            default:
                string corpus = Path.Combine(AppContext.BaseDirectory, CorpusName);
                return new(TextSplit.ByName(BuiltInCorpus.Read(corpus), normalizer), null);
        }
    }

    /// <summary>Reads the text of an existing run, and makes sure that it is the same.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="normalizer">The run's normaliser.</param>
    /// <returns>The text.</returns>
    /// <exception cref="UsageException">It is not there any more.</exception>
    /// <exception cref="DataException">It cannot be read, or has changed.</exception>
    public static RunText ReadAgain(RunFolder run, TrainingSettings settings, TextNormalizer normalizer)
    {
        TextOrigin origin = settings.Text;
        if (origin.Kind == TextKind.StandardInput)
            origin = new(TextKind.File, run.TextCopyPath);
        if (origin.Kind != TextKind.BuiltIn && !File.Exists(origin.Path) && !Directory.Exists(origin.Path))
            throw new UsageException(
                $"{origin.Path}: the text of {run} is not there any more; " +
                $"put it back, or correct the path in {run.SettingsPath}");

        RunText text = Read(origin, normalizer);
        return text.Sha256 == settings.TextSha256
            ? text
            : throw new DataException(
                $"{origin}: the text has changed since {run} began, its SHA-256 is {text.Sha256}, " +
                $"expected {settings.TextSha256}; restore it, or begin a new run");
    }
}
