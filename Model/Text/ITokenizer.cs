namespace MiniLstm.Model;

/// <summary>Turns text into token ids, the numbers that a model reads and predicts, and back.</summary>
public interface ITokenizer
{
    /// <summary>The number of tokens; ids run from 0 to this, exclusive.</summary>
    int Count { get; }

    /// <summary>The id of the token that stands for whatever the vocabulary does not have.</summary>
    int UnknownId { get; }

    /// <summary>The ids of a text; what is unknown becomes <see cref="UnknownId"/>.</summary>
    /// <param name="text">Normalised text.</param>
    /// <returns>The ids, in order.</returns>
    int[] Encode(string text);

    /// <summary>The ids of a text, with a report of what became <see cref="UnknownId"/>.</summary>
    /// <param name="text">Normalised text.</param>
    /// <param name="unknown">
    /// Each scalar that is unknown, in order of first occurrence; empty where all are known.
    /// </param>
    /// <returns>The ids, in order.</returns>
    int[] Encode(string text, out IReadOnlyList<UnknownScalar> unknown);

    /// <summary>The text of some ids; the unknown token gives U+FFFD.</summary>
    /// <param name="ids">Ids from 0 to <see cref="Count"/>, exclusive.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>
    /// A token as it is shown to people in one line: what would not be seen is named, as <c>\n</c> or <c>U+00A0</c>.
    /// </summary>
    /// <param name="id">An id from 0 to <see cref="Count"/>, exclusive.</param>
    /// <returns>The visible form.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    string Display(int id);
}
