using System.Text;
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

    // More rows at once make products no faster, and take memory.
    private const int MaximumBatch = 256;

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
        return Continue(PromptIds(prompt), new(_tokenizer, options));
    }

    /// <summary>Generates many texts at once: one product with many rows instead of many with one.</summary>
    /// <remarks>
    /// Text k is what <see cref="Generate(string, GenerationOptions)"/> makes of prompt k alone with the seed <c>options.Seed + k</c>, to the
    /// bit: no row of a batch depends on the others. A prompt counts one step per token, also where another is shorter; so prompts of about one
    /// length are best.
    /// </remarks>
    /// <param name="prompts">The texts before them.</param>
    /// <param name="options">What to generate for each.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <returns>The texts, in the order of the prompts, which are not part of them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or an option of sampling is outside its
    /// range.</exception>
    /// <exception cref="ArgumentException">The model's logits are not numbers.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<string> GenerateBatch(
        IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Length);
        var texts = new string[prompts.Count];
        for (int start = 0; start < prompts.Count; start += MaximumBatch)
        {
            int count = Math.Min(MaximumBatch, prompts.Count - start);
            int[][] ids = [.. prompts.Skip(start).Take(count).Select(PromptIds)];
            var continuations = new Continuation[count];
            for (int row = 0; row < count; row++)
                continuations[row] = new(_tokenizer, options with { Seed = options.Seed + (ulong)(start + row) });
            Continue(ids, continuations, cancellation).CopyTo(texts, start);
        }

        return texts;
    }

    private IEnumerable<string> Continue(int[] prompt, Continuation text)
    {
        using RecurrentState state = model.NewState(batch: 1);
        double[] logits = new double[_tokenizer.Count];
        for (bool isFirst = true; !text.IsOver; isFirst = false)
        {
            Read(isFirst ? prompt : text.Chosen, state, logits);
            string piece = text.Choose(logits);
            if (piece.Length > 0)
                yield return piece;
        }

        if (text.Rest.Length > 0)
            yield return text.Rest;
    }

    // All rows read one token a step, of their prompt or of what was chosen; those that are over go on with the last one.
    private string[] Continue(int[][] prompts, Continuation[] texts, CancellationToken cancellation)
    {
        int batch = prompts.Length;
        using RecurrentState state = model.NewState(batch);
        var written = new StringBuilder[batch];
        double[] logits = new double[batch * _tokenizer.Count];
        int common = prompts.Min(prompt => prompt.Length);
        int[] ids = new int[common * batch];
        for (int row = 0; row < batch; row++)
        {
            written[row] = new();
            for (int step = 0; step < common; step++)
                ids[step * batch + row] = prompts[row][step];
        }

        for (int step = common; !Array.TrueForAll(texts, text => text.IsOver); step++)
        {
            cancellation.ThrowIfCancellationRequested();
            Read(ids, state, logits);
            ids = step == common ? new int[batch] : ids;
            for (int row = 0; row < batch; row++)
            {
                bool reads = step < prompts[row].Length;
                if (!reads && !texts[row].IsOver)
                    written[row].Append(texts[row].Choose(logits.AsSpan(row * _tokenizer.Count, _tokenizer.Count)));
                ids[row] = reads ? prompts[row][step] : texts[row].Chosen[0];
            }
        }

        return [.. texts.Select((text, row) => written[row].Append(text.Rest).ToString())];
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
    /// <param name="ids">[steps, batch], at least one step.</param>
    /// <param name="state">The state.</param>
    /// <param name="logits">[batch, vocabulary], written: what the model expects after them.</param>
    private void Read(ReadOnlySpan<int> ids, RecurrentState state, double[] logits)
    {
        while (!ids.IsEmpty)
        {
            int steps = Math.Clamp(Window / state.Batch, 1, ids.Length / state.Batch);
            using Tape tape = Tape.ForInference(model.Device);
            ReadOnlySpan<int> now = ids[..(steps * state.Batch)];
            (Tensor output, StateCursor next) = model.Forward(tape, tape.Indices([steps, state.Batch], now), state);
            state.KeepFrom(next);
            ids = ids[now.Length..];
            if (ids.IsEmpty)
                model.Device.Download(output.View[steps - 1], logits);
        }
    }
}
