using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>How well a model predicts a text.</summary>
/// <param name="Nats">The cross-entropy: mean of -ln p(token | all before it).</param>
/// <param name="Accuracy">The fraction of tokens that the model thought likeliest, 0 to 1.</param>
/// <param name="Tokens">How many tokens were predicted: all but the first.</param>
/// <param name="Streams">How many streams the text was cut into; 1 is exact.</param>
public sealed record Evaluation(double Nats, double Accuracy, long Tokens, int Streams)
{
    // 8 MB of float32: those of a large vocabulary never stand whole for a long window.
    private const long MostLogits = 2 << 20;

    /// <summary>The cross-entropy in bits, per token; per character if tokens are characters.</summary>
    public double BitsPerToken => Nats / Math.Log(2);

    /// <summary>e to the power of the cross-entropy: among how many equally likely tokens the model
    /// hesitates.</summary>
    public double Perplexity => Math.Exp(Nats);

    /// <summary>Evaluates a model on a text.</summary>
    /// <remarks>
    /// <para>With one stream the result is exact: the recurrent state starts from zeros, is carried from the first
    /// token to the last, and every token is predicted from all before it; the length of the window changes speed and
    /// memory, not the result.</para>
    /// <para>More streams are faster and not quite exact: each starts from zeros in the middle of the text, so that its
    /// first tokens are predicted from too little.</para>
    /// </remarks>
    /// <param name="model">A language model of tokens, ending in logits.</param>
    /// <param name="ids">[n], the text, n at least 2.</param>
    /// <param name="streams">Into how many contiguous streams to cut it; at most n - 1 are used.</param>
    /// <param name="window">How many time steps to compute at once, at least 1. Fewer are, if the logits of so many would take more than 8
    /// MB.</param>
    /// <param name="cancellation">Ends it between two windows.</param>
    /// <returns>The result.</returns>
    /// <exception cref="DataException">The text has fewer than two tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Streams or window is below 1, or a token is none of the
    /// model's.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Evaluation Of(
        Sequential model, ReadOnlySpan<int> ids, int streams = 1, int window = 64, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(streams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        int tokens = ids.Length - 1;
        if (tokens < 1)
            throw new DataException($"a text of {ids.Length} tokens, evaluation needs at least 2");

        int lanes = Math.Min(streams, tokens);
        int lane = (tokens + lanes - 1) / lanes;
        long logitsOfStep = (long)lanes * model.Output.Width;
        window = (int)Math.Clamp(MostLogits / logitsOfStep, 1, window);
        using RecurrentState state = model.NewState(lanes);
        double nats = 0;
        long hits = 0;
        for (int start = 0; start < lane; start += window)
        {
            cancellation.ThrowIfCancellationRequested();
            int steps = Math.Min(window, lane - start);
            int[] inputs = new int[steps * lanes];
            int[] targets = new int[steps * lanes];
            Fill(inputs, targets, ids, lanes, lane, start);

            using Tape tape = Tape.ForInference(model.Device);
            (Tensor logits, StateCursor next) = model.Forward(tape, tape.Indices([steps, lanes], inputs), state);
            double[] losses = logits.CrossEntropy(tape.Indices([steps, lanes], targets), Reduction.None).ToArray();
            int[] likeliest = logits.ArgMax().ToArray();
            state.KeepFrom(next);

            // What lies beyond the text has the loss 0 and the target -100, which nothing equals.
            for (int k = 0; k < targets.Length; k++)
            {
                nats += losses[k];
                hits += likeliest[k] == targets[k] ? 1 : 0;
            }
        }

        return new(nats / tokens, (double)hits / tokens, tokens, lanes);
    }

    /// <summary>Row b of the batch reads tokens b · lane and on; beyond its lane or the text there is nothing to
    /// predict.</summary>
    private static void Fill(int[] inputs, int[] targets, ReadOnlySpan<int> ids, int lanes, int lane, int start)
    {
        for (int k = 0; k < inputs.Length; k++)
        {
            (int t, int b) = Math.DivRem(k, lanes);
            long position = (long)b * lane + start + t;
            bool exists = position < ids.Length - 1;
            inputs[k] = exists ? ids[(int)position] : 0;
            targets[k] = exists ? ids[(int)position + 1] : CrossEntropyOptions.NoIndex;
        }
    }
}
