using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <content>Sequences of different lengths.</content>
public sealed partial class Samples
{
    /// <summary>How many steps of each sequence count, from the first on; null: all, or as a padding id says.</summary>
    public ReadOnlyMemory<int>? Lengths { get; }

    /// <summary>Token ids of sequences of different lengths, filled up behind with a padding id: Keras's
    /// <c>pad_sequences</c>, with the lengths kept.</summary>
    /// <param name="sequences">The sequences, at least one.</param>
    /// <param name="paddingId">What they are filled up with.</param>
    /// <returns>Ids [samples, time] with their <see cref="Lengths"/>, time being the longest length.</returns>
    /// <exception cref="ShapeException">There is no sequence, or all are empty.</exception>
    public static Samples OfSequences(IReadOnlyList<int[]> sequences, int paddingId = 0)
    {
        int steps = sequences.Count == 0 ? 0 : sequences.Max(sequence => sequence.Length);
        if (steps == 0)
            throw new ShapeException($"Samples: {sequences.Count} sequences of 0 steps, expected at least one step");
        int[] ids = new int[checked(sequences.Count * steps)];
        Array.Fill(ids, paddingId);
        for (int k = 0; k < sequences.Count; k++)
            sequences[k].CopyTo(ids, k * steps);
        int[] lengths = [.. sequences.Select(sequence => sequence.Length)];
        return OfIds(ids, [sequences.Count, steps]).WithLengths(lengths);
    }

    /// <summary>The same samples, of which only the first steps count: recurrent layers, losses and metrics leave the
    /// others out.</summary>
    /// <param name="lengths">[samples], each from 0 to the number of steps; not copied.</param>
    /// <returns>The samples; they share their memory.</returns>
    /// <exception cref="ShapeException">There is no time axis, there is not one length for each sample, or a length is
    /// out of range.</exception>
    public Samples WithLengths(ReadOnlyMemory<int> lengths)
    {
        if (Shape.Rank != (AreIds ? 2 : 3) || lengths.Length != Count)
            throw new ShapeException(
                $"Samples: {lengths.Length} lengths for samples {Shape}, expected one for each sample of ids " +
                "[samples, time] or values [samples, time, features]");
        foreach (int length in lengths.Span)
        {
            if (length < 0 || length > Shape[1])
                throw new ShapeException($"Samples: length {length} of samples {Shape}, expected 0 to {Shape[1]}");
        }

        return new(_ids, _values, AreIds, Shape, lengths);
    }

    /// <summary>Which steps count; null if all do.</summary>
    internal SequenceMask? Mask() =>
        Lengths is { } lengths ? SequenceMask.FromLengths(lengths.Span, Shape[1]) : null;

    /// <summary>The steps up to the longest length, at least one.</summary>
    internal Samples CutToLongest()
    {
        if (Lengths is not { } lengths)
            return this;
        int longest = 1;
        foreach (int length in lengths.Span)
            longest = Math.Max(longest, length);
        return Cut(longest).WithLengths(lengths);
    }

    /// <summary>The first steps, without lengths.</summary>
    internal Samples Cut(int steps)
    {
        int columns = Shape.Rank == 3 ? Shape[2] : 1;
        Shape shape = Shape.With(1, steps);
        return AreIds
            ? OfIds(Cut(Ids, steps * columns), shape)
            : OfValues(Cut(Values, steps * columns), shape);
    }

    private T[] Cut<T>(ReadOnlySpan<T> from, int length)
    {
        var to = new T[Count * length];
        for (int k = 0; k < Count; k++)
            from.Slice(k * RowLength, length).CopyTo(to.AsSpan(k * length));
        return to;
    }
}
