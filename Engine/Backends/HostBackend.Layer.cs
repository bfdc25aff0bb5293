using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>Where the values of a recurrent layer lie, and how threads share it.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    // So many sequences for each thread make parts of whole sequences as good as parts of units, which need barriers.
    private const int SequencesWorthAPart = 6;

    private static Layer LayerOf<TCell>(in RecurrentViews views, in RecurrentGradients gradients)
        where TCell : struct, ICell<TCell>
    {
        long shift = views.Rows is null ? (long)views.Batch : 0;
        long before = views.Reversed ? shift : 0;
        long after = shift - before;
        float* h = Reals(views.H);
        float* c = Reals(views.C);
        float* dh = Reals(gradients.H);
        float* dc = Reals(gradients.C);
        return new()
        {
            Starts = views.Rows?.Starts,
            Steps = views.Steps,
            IsReversed = views.Reversed,
            Batch = views.Batch,
            Units = views.Units,
            Features = views.Features,
            Columns = views.Gates.Columns,
            RecurrentColumns = CellSizes<TCell>.Recurrent * views.Units,
            Gates = Reals(views.Gates),
            Sums = Reals(views.Table.Exists ? views.Table : views.Gates),
            Tokens = Integers(views.Tokens),
            HBefore = h + before * views.Features,
            HAfter = h + after * views.Features,
            CBefore = c + before * views.Units,
            CAfter = c + after * views.Units,
            DHBefore = dh + before * views.Features,
            DHAfter = dh + after * views.Features,
            DC = dc,
            DCBefore = dc + before * views.Units,
            DCAfter = dc + after * views.Units,
            CarriesCell = gradients.CarriesCell,
            Before = views.Rows is null ? null : Integers(views.Rows.Before.View),
            After = views.Rows is null ? null : Integers(views.Rows.After.View),
            Sequences = views.Rows is null ? null : Integers(views.Rows.Sequences.View),
            UnitWeights = Reals(views.UnitWeights),
            Factors = Reals(views.Factors),
            HiddenKeep = Reals(views.HiddenKeep),
            CellKeep = Reals(views.CellKeep),
            Unprojected = Reals(views.Unprojected),
            Gain = Reals(views.RecurrentGain),
            Normalized = Reals(views.Normalized),
            Scales = Reals(views.NormalizedScales),
            CellGain = Reals(views.CellGain),
            CellShift = Reals(views.CellShift),
            NormalizedCells = Reals(views.NormalizedCells),
            ShownCells = Reals(views.ShownCells),
            CellScales = Reals(views.CellScales),
            Rows = views.Count,
            Epsilon = views.Epsilon,
        };
    }

    // Cuts a layer into one part for each thread: whole sequences, each running all time steps without waiting for another; or, where there are too
    // few of them and nothing looks along a row, units, with a barrier between the stages of a step. Both give the same bits.
    private void RunParts(in RecurrentViews views, bool looksAlongRows, long room, Action<Part> run)
    {
        int batch = views.Batch;
        int units = views.Units;
        int workers = Workers.Count;
        long multiplications = views.Count * units * views.Weight.Rows;
        if (workers > 1 && multiplications < WorthAFork(FormatOf(views.Weight)))
            workers = 1;
        bool bySequences = looksAlongRows || batch >= workers * SequencesWorthAPart;
        if (bySequences)
            workers = Math.Min(workers, batch);
        Paths.Note("recurrent layer", batch, units, WayOf(workers, bySequences));

        int[] bounds = bySequences ? EvenBounds(views, workers) : [];
        long groups = (units + Width - 1) / Width;
        long roomOfWorker = RoundUp(room + Width, Width);
        using Scratch scratch = Pool.Scratch([workers, checked((int)(roomOfWorker / Width)), Width], "one step of a recurrent layer");
        float* memory = Reals(scratch.View);
        if (workers == 1)
        {
            run(new(0, batch, 0, units, null, memory));
            return;
        }

        Workers.Run(
            worker =>
            {
                if (worker >= workers)
                    return;
                float* own = memory + worker * roomOfWorker;
                run(bySequences
                    ? new(bounds[worker], bounds[worker + 1], 0, units, null, own)
                    : new(0, batch, groups * worker / workers * Width, Math.Min(units, groups * (worker + 1) / workers * Width), Workers, own));
            },
            meets: !bySequences);
    }

    private static string WayOf(int workers, bool bySequences)
    {
        if (workers == 1)
            return "one thread";
        return bySequences ? "each thread runs sequences of its own" : "threads share the units of each step, there are few sequences";
    }

    // Sequences cut into parts of about as many steps that count.
    private static int[] EvenBounds(in RecurrentViews views, int parts)
    {
        int[] bounds = new int[parts + 1];
        bounds[parts] = views.Batch;
        long all = views.Rows is null ? (long)views.Time * views.Batch : views.Rows.Mask.Count;
        long total = 0;
        int part = 1;
        for (int row = 0; row < views.Batch && part < parts; row++)
        {
            // A cut before this row if the half of it would lie beyond the even share.
            long steps = views.Rows?.LengthOf(row) ?? views.Time;
            while (part < parts && (2 * total + steps) * parts > 2 * all * part)
                bounds[part++] = row;
            total += steps;
        }

        while (part < parts)
            bounds[part++] = views.Batch;
        return bounds;
    }

    /// <summary>Where the values of a layer over time lie. Rows of work number gates and what is kept beside them; states are found by
    /// <see cref="BeforeOf"/> and <see cref="AfterOf"/>.</summary>
    private struct Layer
    {
        public IReadOnlyList<int>? Starts;
        public int Steps;
        public bool IsReversed;
        public long Rows;
        public long Batch;
        public long Units;
        public long Features;
        public long Columns;
        public long RecurrentColumns;
        public float* Gates;
        public float* Sums;
        public int* Tokens;
        public float* HBefore;
        public float* HAfter;
        public float* CBefore;
        public float* CAfter;
        public float* DHBefore;
        public float* DHAfter;
        public float* DC;
        public bool CarriesCell;
        public float* DCBefore;
        public float* DCAfter;
        public int* Before;
        public int* After;
        public int* Sequences;
        public float* UnitWeights;
        public float* Factors;
        public float* HiddenKeep;
        public float* CellKeep;
        public float* Unprojected;
        public float* Gain;
        public float* Normalized;
        public float* Scales;
        public float* CellGain;
        public float* CellShift;
        public float* NormalizedCells;
        public float* ShownCells;
        public float* CellScales;
        public double Epsilon;

        // Gradients that a sequence gathers for itself, so that no two threads add to one; and r h of a reset before the product, for the weight.
        public float* DUnitWeights;
        public float* DGain;
        public float* DCellGain;
        public float* DCellShift;
        public float* ResetOperands;

        // The recurrent weight, packed, in one part or two; and the projection.
        public float* PackedWeight;
        public float* PackedResetWeight;
        public float* PackedProjection;
        public WeightFormat Format;
        public WeightFormat ProjectionFormat;

        /// <summary>The sums that a row begins with.</summary>
        [MethodImpl(Inline)]
        public readonly float* SumsOf(long row) => Sums + (Tokens is null ? row : Tokens[row]) * Columns;

        /// <summary>The gradient of the cell state after a row's step.</summary>
        [MethodImpl(Inline)]
        public readonly float* DCAfterOf(long row) => CarriesCell ? DC + SequenceOf(row) * Units : DCAfter + AfterOf(row) * Units;

        /// <summary>And that of the one before.</summary>
        [MethodImpl(Inline)]
        public readonly float* DCBeforeOf(long row) => CarriesCell ? DC + SequenceOf(row) * Units : DCBefore + BeforeOf(row) * Units;

        public readonly bool IsProjected => Unprojected is not null;

        [MethodImpl(Inline)]
        public readonly long BeforeOf(long row) => Before is null ? row : Before[row];

        [MethodImpl(Inline)]
        public readonly long AfterOf(long row) => After is null ? row : After[row];

        public readonly long SequenceOf(long row) => Sequences is null ? row % Batch : Sequences[row];

        /// <summary>Where the state before a row's step can be read in place, row after row.</summary>
        public readonly bool ReadsInPlace => Before is null && Factors is null;
    }

    /// <summary>The sequences and units of one thread, and memory of its own; threads that share sequences wait for each other between
    /// stages.</summary>
    private readonly struct Part(long firstSequence, long endSequence, long firstUnit, long endUnit, WorkerPool? shared, float* room)
    {
        public long FirstUnit => firstUnit;

        public long EndUnit => endUnit;

        public float* Room => room;

        public void EndStage() => shared?.Barrier();

        /// <summary>The rows of one step that are this part's.</summary>
        public (long First, long End) RowsOf(in Layer layer, int step)
        {
            if (layer.Starts is null)
            {
                long slot = (layer.IsReversed ? layer.Steps - 1 - step : step) * layer.Batch;
                return (slot + firstSequence, slot + endSequence);
            }

            int start = layer.Starts[step];
            var sequences = new ReadOnlySpan<int>(layer.Sequences + start, layer.Starts[step + 1] - start);
            return (start + LowerBound(sequences, firstSequence), start + LowerBound(sequences, endSequence));
        }

        // Within a step rows are in the order of the batch.
        private static int LowerBound(ReadOnlySpan<int> sequences, long sequence)
        {
            int found = sequences.BinarySearch((int)sequence);
            return found < 0 ? ~found : found;
        }
    }
}
