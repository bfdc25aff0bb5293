namespace MiniLstm.Engine;

/// <summary>
/// The steps of a <see cref="SequenceMask"/> that count, packed: first the first counted step of every sequence, then every second one, and so on,
/// each in the order of the batch. A recurrent layer computes these rows and no others.
/// </summary>
/// <remarks>
/// Since a sequence's k-th counted step stands at the same place wherever its padding lies, results do not depend on the padding, to the bit, and
/// nothing has to be sorted. The trajectory that the rows are read from and written to has a slot for each step and sequence,
/// [time + 1, batch], which <see cref="Before"/> and <see cref="After"/> number row-major.
/// </remarks>
public sealed class SequenceRows
{
    private const int None = -1;

    private readonly int[] _lengths;

    internal SequenceRows(Tape tape, SequenceMask mask, bool reversed)
    {
        Mask = mask;
        IsReversed = reversed;
        var positions = new List<int>(mask.Count);
        var before = new List<int>(mask.Count);
        var after = new List<int>(mask.Count);
        var later = new List<int>(mask.Count);
        var keptFrom = new List<int>();
        var keptTo = new List<int>();
        var starts = new List<int> { 0 };
        (List<int>[] counted, int longest) = CountedSteps(mask, reversed);

        // The state of a sequence lies in its initial slot until its first counted step, then in the slot after the latest one.
        int[] slots = new int[mask.Batch];
        int[] latest = new int[mask.Batch];
        for (int row = 0; row < mask.Batch; row++)
            slots[row] = Initial(row);
        for (int k = 0; k < longest; k++)
        {
            for (int row = 0; row < mask.Batch; row++)
            {
                if (k >= counted[row].Count)
                    continue;
                int step = counted[row][k];
                if (k > 0)
                    later[latest[row]] = positions.Count;
                latest[row] = positions.Count;
                later.Add(None);
                positions.Add(step * mask.Batch + row);
                before.Add(slots[row]);
                slots[row] = SlotAfter(step, row);
                after.Add(slots[row]);
            }

            starts.Add(positions.Count);
        }

        for (int row = 0; row < mask.Batch; row++)
        {
            int slot = Initial(row);
            for (int k = 0; k < mask.Steps; k++)
            {
                int step = reversed ? mask.Steps - 1 - k : k;
                if (mask[step, row])
                {
                    slot = SlotAfter(step, row);
                    continue;
                }

                keptFrom.Add(slot);
                keptTo.Add(SlotAfter(step, row));
            }
        }

        // Tensors have no axis of length 0: where nothing counts, one row stands that no step touches.
        if (positions.Count == 0)
        {
            positions.Add(0);
            before.Add(0);
            after.Add(0);
            later.Add(None);
        }

        Starts = starts;
        Positions = Upload(tape, positions);
        Before = Upload(tape, before);
        After = Upload(tape, after);
        Later = tape.Backend.TakesPlaces ? Upload(tape, later) : null;
        Sequences = Upload(tape, [.. positions.Select(position => position % mask.Batch)]);
        KeptFrom = keptFrom.Count == 0 ? null : Upload(tape, keptFrom);
        KeptTo = keptTo.Count == 0 ? null : Upload(tape, keptTo);
        _lengths = [.. counted.Select(steps => steps.Count)];
    }

    /// <summary>The mask.</summary>
    public SequenceMask Mask { get; }

    /// <summary>Whether sequences are read from their last step to their first.</summary>
    public bool IsReversed { get; }

    /// <summary>The first row of each step, and the end: the k-th counted steps are the rows from Starts[k] to Starts[k + 1], exclusive.</summary>
    public IReadOnlyList<int> Starts { get; }

    /// <summary>How many steps there are: the length of the longest sequence.</summary>
    public int Steps => Starts.Count - 1;

    /// <summary>N, the number of rows, at least 1: if no step counts, there is one that no step touches.</summary>
    public int Count => Positions.Shape[0];

    /// <summary>[N]: where each row stands in [time, batch].</summary>
    public IndexTensor Positions { get; }

    /// <summary>[N]: the slot with the state before the row's step.</summary>
    public IndexTensor Before { get; }

    /// <summary>[N]: the slot of the state after it.</summary>
    public IndexTensor After { get; }

    /// <summary>[N]: the row of the sequence's next step; -1: it has none. Null where no step takes it (<see cref="Backend.TakesPlaces"/>).</summary>
    public IndexTensor? Later { get; }

    /// <summary>[N]: the sequence that each row belongs to.</summary>
    public IndexTensor Sequences { get; }

    /// <summary>The slots whose state the steps that do not count repeat; null if all count.</summary>
    public IndexTensor? KeptFrom { get; }

    /// <summary>The slots after the steps that do not count.</summary>
    public IndexTensor? KeptTo { get; }

    /// <summary>How many steps of a sequence count.</summary>
    /// <param name="row">b, from 0.</param>
    /// <returns>The length.</returns>
    public int LengthOf(int row) => _lengths[row];

    private static (List<int>[] Counted, int Longest) CountedSteps(SequenceMask mask, bool reversed)
    {
        var counted = new List<int>[mask.Batch];
        int longest = 0;
        for (int row = 0; row < mask.Batch; row++)
        {
            counted[row] = [];
            for (int k = 0; k < mask.Steps; k++)
            {
                int step = reversed ? mask.Steps - 1 - k : k;
                if (mask[step, row])
                    counted[row].Add(step);
            }

            longest = Math.Max(longest, counted[row].Count);
        }

        return (counted, longest);
    }

    private static IndexTensor Upload(Tape tape, List<int> values) =>
        tape.Indices([values.Count], System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values));

    private int Initial(int row) => IsReversed ? Mask.Steps * Mask.Batch + row : row;

    private int SlotAfter(int step, int row) => (IsReversed ? step : step + 1) * Mask.Batch + row;
}
