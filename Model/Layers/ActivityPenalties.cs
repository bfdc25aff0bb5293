using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>Activation regularisation of recurrent layers (Merity et al., 2018), over the steps that count.</summary>
internal static class ActivityPenalties
{
    /// <summary>The mean square of the output, or null if no step counts.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="hidden">[time, batch, features].</param>
    /// <param name="mask">Which steps count; null: all.</param>
    public static Tensor? Activity(Tape tape, Tensor hidden, SequenceMask? mask)
    {
        return mask is null ? (hidden * hidden).Mean() : MeanSquare(tape, hidden, mask.Flags.ToArray());
    }

    /// <summary>The mean square of the output's change from each step of a sequence that counts to the next one, or null if none has two.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="hidden">[time, batch, features]; steps that do not count repeat the state.</param>
    /// <param name="mask">Which steps count; null: all.</param>
    /// <param name="reversed">Whether time runs backwards.</param>
    public static Tensor? Change(Tape tape, Tensor hidden, SequenceMask? mask, bool reversed)
    {
        int pairs = hidden.Shape[0] - 1;
        if (pairs == 0)
            return null;
        Tensor change = hidden.Slice(1, pairs) - hidden.Slice(0, pairs);
        if (mask is null)
            return (change * change).Mean();

        // A step that counts changes the state that the one before it in reading order left, wherever that one stands: if there is one.
        bool[] counts = new bool[pairs * mask.Batch];
        for (int row = 0; row < mask.Batch; row++)
        {
            bool hasEarlier = false;
            for (int k = 0; k <= pairs; k++)
            {
                int step = reversed ? pairs - k : k;
                if (!mask[step, row])
                    continue;
                if (hasEarlier)
                    counts[(reversed ? step : step - 1) * mask.Batch + row] = true;
                hasEarlier = true;
            }
        }

        return MeanSquare(tape, change, counts);
    }

    private static Tensor? MeanSquare(Tape tape, Tensor x, bool[] counts)
    {
        int rows = counts.Count(counted => counted);
        if (rows == 0)
            return null;
        double[] shares = Array.ConvertAll(counts, counted => counted ? 1.0 / rows / x.Shape.Columns : 0);
        return (x * x * tape.Input(x.Shape.WithColumns(1), shares)).Sum();
    }
}
