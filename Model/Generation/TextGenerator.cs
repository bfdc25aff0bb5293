using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Continues texts: reads a prompt, then chooses one token after the other, each from what the model expects
/// after all before it.</summary>
/// <remarks>
/// <para>The recurrent state starts from zeros at each call, reads the prompt, and is carried from token to token; so a
/// text costs one step per token, however long it is. The batch is 1, whatever it was in training.</para>
/// <para>The unknown token is never generated. What the vocabulary lacks in a prompt is read as that token;
/// <see cref="ITokenizer.Encode(string, out IReadOnlyList{UnknownScalar})"/> tells what it was.</para>
/// </remarks>
/// <param name="model">A language model that ends in logits over the tokens; it must outlive the generator.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <exception cref="ArgumentException">The model does not take as many tokens as the tokenizer has, or does not end in
/// as many logits for each time step.</exception>
public sealed class TextGenerator(Sequential model, TokenizerFile tokenizer)
{
    // A long prompt is read in windows, so that its length does not matter to memory.
    private const int Window = 256;

    private readonly CharacterTokenizer _tokenizer = model.MismatchWith(tokenizer.Tokenizer.Count) is { } mismatch
        ? throw new ArgumentException($"TextGenerator: {mismatch}", nameof(tokenizer))
        : tokenizer.Tokenizer;

    /// <summary>Generates a text, piece by piece as it is made; the prompt is not part of it.</summary>
    /// <param name="prompt">
    /// The text before it, which is normalised first. If there is none, the text starts as if after a line feed (or,
    /// where the vocabulary has no line feed, after its first token).
    /// </param>
    /// <param name="options">What to generate.</param>
    /// <returns>
    /// The pieces, mostly of one token; each is computed when it is asked for. The model's device must do nothing else
    /// meanwhile.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or an option of sampling is outside its
    /// range.</exception>
    /// <exception cref="ArgumentException">The model's logits are not numbers.</exception>
    public IEnumerable<string> Generate(string prompt, GenerationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Length);
        var sampler = new Sampler(options.Sampling, NamedStreams.Of(options.Seed, "generation"));
        return Generate(PromptIds(prompt), options, sampler);
    }

    private IEnumerable<string> Generate(int[] prompt, GenerationOptions options, Sampler sampler)
    {
        using RecurrentState state = model.NewState(batch: 1);
        var stop = new StopText(options.StopText);
        double[] logits = new double[_tokenizer.Count];
        int[] unread = prompt;
        int[] chosen = new int[1];
        for (int n = 0; n < options.Length && !stop.IsFound; n++)
        {
            Read(unread, state, logits);
            logits[_tokenizer.UnknownId] = double.NegativeInfinity;
            chosen[0] = sampler.Next(logits);
            unread = chosen;

            string piece = stop.Pass(_tokenizer.Decode(chosen));
            if (piece.Length > 0)
                yield return piece;
        }

        if (stop.Held.Length > 0)
            yield return stop.Held;
    }

    private int[] PromptIds(string prompt)
    {
        const int FirstKnown = 1;
        int[] ids = _tokenizer.Encode(tokenizer.Normalizer.Normalize(prompt));
        if (ids.Length > 0)
            return ids;
        int lineFeed = _tokenizer.Encode("\n")[0];
        return [lineFeed == _tokenizer.UnknownId ? FirstKnown : lineFeed];
    }

    /// <summary>Carries the state over some tokens.</summary>
    /// <param name="ids">The tokens, at least one.</param>
    /// <param name="state">The state.</param>
    /// <param name="logits">[vocabulary], written: what the model expects after them.</param>
    private void Read(ReadOnlySpan<int> ids, RecurrentState state, double[] logits)
    {
        while (!ids.IsEmpty)
        {
            int steps = Math.Min(Window, ids.Length);
            using Tape tape = Tape.ForInference(model.Device);
            (Tensor output, StateCursor next) = model.Forward(tape, tape.Indices([steps, 1], ids[..steps]), state);
            state.KeepFrom(next);
            ids = ids[steps..];
            if (ids.IsEmpty)
                model.Device.Download(output.View[steps - 1], logits);
        }
    }
}
