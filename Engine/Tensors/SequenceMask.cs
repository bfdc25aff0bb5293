namespace MiniLstm.Engine;

/// <summary>Which time steps of each sequence of a batch count; on the host. Any pattern may stand: padding on either side, holes, no step at
/// all.</summary>
/// <remarks>At a step that does not count, a recurrent layer keeps its states and computes nothing.</remarks>
public sealed class SequenceMask
{
    private readonly bool[] _counts;

    private SequenceMask(bool[] counts, int steps, int batch)
    {
        _counts = counts;
        Steps = steps;
        Batch = batch;
        Count = counts.Count(counted => counted);
    }

    /// <summary>T, the number of time steps, padding included.</summary>
    public int Steps { get; }

    /// <summary>B, the number of sequences.</summary>
    public int Batch { get; }

    /// <summary>How many steps of all sequences count.</summary>
    public int Count { get; }

    /// <summary>Whether all do.</summary>
    public bool IsFull => Count == _counts.Length;

    /// <summary>[time, batch], row-major: whether each step counts.</summary>
    public ReadOnlySpan<bool> Flags => _counts;

    /// <summary>Whether a step counts.</summary>
    /// <param name="step">t, from 0.</param>
    /// <param name="row">b, from 0.</param>
    public bool this[int step, int row] => _counts[step * Batch + row];

    /// <summary>The first steps of each sequence count, as many as it is long.</summary>
    /// <param name="lengths">The length of each sequence, 0 to <paramref name="steps"/>, in any order.</param>
    /// <param name="steps">T.</param>
    /// <returns>The mask.</returns>
    /// <exception cref="ShapeException">There are no sequences or no steps, or a length is outside its range.</exception>
    public static SequenceMask FromLengths(ReadOnlySpan<int> lengths, int steps)
    {
        CheckSizes(steps, lengths.Length);
        bool[] counts = new bool[checked(steps * lengths.Length)];
        for (int row = 0; row < lengths.Length; row++)
        {
            if (lengths[row] < 0 || lengths[row] > steps)
                throw new ShapeException($"SequenceMask: sequence {row} has length {lengths[row]}, expected 0 to {steps}");
            for (int step = 0; step < lengths[row]; step++)
                counts[step * lengths.Length + row] = true;
        }

        return new(counts, steps, lengths.Length);
    }

    /// <summary>The steps that are marked count.</summary>
    /// <param name="counts">[time, batch].</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <returns>The mask.</returns>
    /// <exception cref="ShapeException">The sizes do not fit.</exception>
    public static SequenceMask Of(ReadOnlySpan<bool> counts, int steps, int batch)
    {
        CheckSizes(steps, batch);
        if (counts.Length != (long)steps * batch)
            throw new ShapeException($"SequenceMask: {counts.Length} marks for {steps} steps of {batch} sequences");
        return new(counts.ToArray(), steps, batch);
    }

    /// <summary>The steps whose token is not the padding count.</summary>
    /// <param name="tokens">[time, batch].</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="paddingId">The padding.</param>
    /// <returns>The mask.</returns>
    /// <exception cref="ShapeException">The sizes do not fit.</exception>
    public static SequenceMask ExceptPadding(ReadOnlySpan<int> tokens, int steps, int batch, int paddingId)
    {
        bool[] counts = new bool[tokens.Length];
        for (int k = 0; k < counts.Length; k++)
            counts[k] = tokens[k] != paddingId;
        return Of(counts, steps, batch);
    }

    private static void CheckSizes(int steps, int batch)
    {
        if (steps < 1 || batch < 1)
            throw new ShapeException($"SequenceMask: {steps} steps of {batch} sequences, expected at least 1 of each");
    }
}
