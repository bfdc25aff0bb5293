using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>What layers do with whole sequences and their masks.</summary>
internal static class Masks
{
    /// <summary>[time, batch, 1]: 1 at the steps that count, 0 elsewhere.</summary>
    public static Tensor Column(Tape tape, SequenceMask mask)
    {
        double[] values = new double[mask.Flags.Length];
        for (int k = 0; k < values.Length; k++)
            values[k] = mask.Flags[k] ? 1 : 0;
        return tape.Input([mask.Steps, mask.Batch, 1], values);
    }

    /// <summary>[time, batch]: 1 at the steps that count, 0 elsewhere.</summary>
    public static IndexTensor Flags(Tape tape, SequenceMask mask)
    {
        int[] flags = new int[mask.Flags.Length];
        for (int k = 0; k < flags.Length; k++)
            flags[k] = mask.Flags[k] ? 1 : 0;
        return tape.Indices([mask.Steps, mask.Batch], flags);
    }

    /// <summary>[time, batch, features] with 0 at the steps that do not count, whatever stood there.</summary>
    public static Tensor OnlyCounted(Tape tape, Tensor x, SequenceMask? mask) => mask is null or { IsFull: true }
        ? x
        : Flags(tape, mask).Select(x, tape.Filled(x.Shape, 0));

    /// <summary>How many steps of each sequence count.</summary>
    public static int[] Lengths(SequenceMask mask)
    {
        int[] lengths = new int[mask.Batch];
        for (int step = 0; step < mask.Steps; step++)
        {
            for (int row = 0; row < mask.Batch; row++)
                lengths[row] += mask[step, row] ? 1 : 0;
        }

        return lengths;
    }

    /// <summary>[time, batch, features] with the last step first.</summary>
    public static Tensor Reversed(Tape tape, Tensor x)
    {
        (int steps, int batch) = (x.Shape[0], x.Shape[1]);
        int[] positions = new int[steps * batch];
        for (int k = 0; k < positions.Length; k++)
            positions[k] = (steps - 1 - k / batch) * batch + k % batch;
        return x.Reshape([steps * batch, x.Shape[2]]).Embedding(tape.Indices([steps, batch], positions));
    }

    /// <summary>Dropout with one mask for all steps of a sequence.</summary>
    public static Tensor DropSequence(Tensor x, double probability, RandomStream stream)
    {
        Tape tape = Tape.Of(x);
        int columns = checked(x.Shape[1] * x.Shape[2]);
        Tensor factors = tape.Filled([columns], 1).Dropout(probability, stream);
        return (x.Reshape([x.Shape[0], columns]) * factors).Reshape(x.Shape);
    }
}
