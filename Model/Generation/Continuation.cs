namespace MiniLstm.Model;

/// <summary>One text on its way: what was chosen so far, and with what chance it goes on.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="options">What to generate.</param>
internal sealed class Continuation(CharacterTokenizer tokenizer, GenerationOptions options)
{
    private readonly Sampler _sampler = new(options.Sampling, NamedStreams.Of(options.Seed, "generation"));
    private readonly StopText _stop = new(options.StopText);
    private readonly int[] _chosen = new int[1];
    private int _length;

    /// <summary>Whether it has come to its end.</summary>
    public bool IsOver => _length >= options.Length || _stop.IsFound;

    /// <summary>The token chosen last.</summary>
    public ReadOnlySpan<int> Chosen => _chosen;

    /// <summary>What is held back at the end, since it may be the beginning of a stop text.</summary>
    public string Rest => _stop.Held;

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">[vocabulary]; that of the unknown token is changed.</param>
    /// <returns>What can be shown by now.</returns>
    public string Choose(Span<double> logits)
    {
        logits[tokenizer.UnknownId] = double.NegativeInfinity;
        _chosen[0] = _sampler.Next(logits);
        _length++;
        return _stop.Pass(tokenizer.Decode(_chosen));
    }
}
