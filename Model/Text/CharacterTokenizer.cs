using System.Text;

namespace MiniLstm.Model;

/// <summary>A tokenizer whose tokens are single Unicode scalars (code points that are not surrogates).</summary>
/// <remarks>
/// Id 0 is the unknown token. It is shown as U+FFFD, the replacement character, and that character in a text is the
/// unknown token: it never has an id of its own. A lone surrogate, which is no scalar, counts as U+FFFD.
/// </remarks>
public sealed class CharacterTokenizer : ITokenizer
{
    private const int Unknown = 0;

    private readonly Rune[] _scalars;
    private readonly Dictionary<Rune, int> _ids = [];

    /// <summary>Makes a tokenizer from its vocabulary.</summary>
    /// <param name="scalars">The scalars of ids 1, 2, …; each once, and without U+FFFD.</param>
    /// <exception cref="ArgumentException">A scalar stands twice, or is U+FFFD.</exception>
    public CharacterTokenizer(IEnumerable<Rune> scalars)
    {
        _scalars = [Rune.ReplacementChar, .. scalars];
        for (int id = 0; id < _scalars.Length; id++)
        {
            Rune scalar = _scalars[id];
            if (!_ids.TryAdd(scalar, id))
                throw new ArgumentException(
                    $"CharacterTokenizer: {VisibleScalar.CodePoint(scalar)} stands for ids {_ids[scalar]} and {id}, " +
                    "expected each scalar once (U+FFFD is that of id 0)");
        }
    }

    /// <summary>The number of tokens: the scalars that are known and the unknown token.</summary>
    public int Count => _scalars.Length;

    /// <summary>Always 0.</summary>
    public int UnknownId => Unknown;

    /// <summary>The scalars of ids 1, 2, …, in the order of their ids.</summary>
    public ReadOnlySpan<Rune> Scalars => _scalars.AsSpan(1);

    /// <summary>Makes the tokenizer that knows every scalar of a text, ids in the order of their code points.</summary>
    /// <param name="text">The training text, normalised.</param>
    /// <returns>The tokenizer.</returns>
    public static CharacterTokenizer FromText(string text)
    {
        var scalars = new HashSet<Rune>();
        foreach (Rune scalar in text.EnumerateRunes())
            scalars.Add(scalar);
        scalars.Remove(Rune.ReplacementChar);
        return new(scalars.Order());
    }

    /// <inheritdoc/>
    public int[] Encode(string text) => Encode(text, out _);

    /// <inheritdoc/>
    public int[] Encode(string text, out IReadOnlyList<UnknownScalar> unknown)
    {
        var ids = new List<int>(text.Length);
        var counts = new OrderedDictionary<Rune, int>();
        foreach (Rune scalar in text.EnumerateRunes())
        {
            int id = _ids.GetValueOrDefault(scalar, Unknown);
            ids.Add(id);
            if (id == Unknown)
                counts[scalar] = counts.GetValueOrDefault(scalar) + 1;
        }

        unknown = [.. counts.Select(count => new UnknownScalar(count.Key, count.Value))];
        return [.. ids];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder(ids.Length);
        foreach (int id in ids)
            text.Append(ScalarOf(id));
        return text.ToString();
    }

    /// <inheritdoc/>
    public string Display(int id) => VisibleScalar.Of(ScalarOf(id));

    private Rune ScalarOf(int id)
    {
        if ((uint)id >= (uint)_scalars.Length)
            throw new ArgumentOutOfRangeException(
                nameof(id), $"CharacterTokenizer: id {id}, expected 0 to {_scalars.Length - 1}");
        return _scalars[id];
    }
}
