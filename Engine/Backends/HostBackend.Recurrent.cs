using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>
/// Recurrent layers. Forward, the product with the recurrent weight runs sixteen units at a time, all gate columns of them together, and the
/// cell follows at once while their sums are in the first-level cache. Threads share the batch rows, each running all time steps without
/// waiting for another; or, where there are too few rows, the units, with a barrier a step. Both give the same bits.
/// </content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    // So many rows for each thread make row parts as good as unit parts, which need barriers.
    private const int RowsWorthAPart = 6;

    public override void Step<TCell>(View gates, View h, View c, View hAfter, View cAfter)
    {
        var layer = new Layer { Units = h.Columns, Gates = Reals(gates), H = Reals(h), C = Reals(c) };
        float* nextH = Reals(hAfter);
        float* nextC = Reals(cAfter);
        SplitRows(h.Rows, gates.Columns, (start, count) =>
            StepUnits<TCell>(layer, start, count, 0, layer.Units, layer.Gates, layer.H, layer.C, nextH, nextC));
    }

    public override void StepSlope<TCell>(
        View gates, (View H, View C) before, (View H, View C) after, (View H, View C) gradient, (View H, View C) gradientBefore)
    {
        var layer = new Layer
        {
            Units = before.H.Columns,
            Gates = Reals(gates),
            H = Reals(before.H),
            C = Reals(before.C),
            DH = Reals(gradientBefore.H),
            DC = Reals(gradientBefore.C),
        };
        float* afterH = Reals(after.H);
        float* afterC = Reals(after.C);
        float* afterDH = Reals(gradient.H);
        float* afterDC = Reals(gradient.C);
        SplitRows(before.H.Rows, gates.Columns, (start, count) =>
            SlopeUnits<TCell>(layer, start, count, 0, layer.Units, layer.Gates, layer.H, layer.C, afterH, afterC, afterDH, afterDC, layer.DH, layer.DC));
    }

    public override void Recur<TCell>(in RecurrentViews views)
    {
        View weight = views.Weight;
        bool keeps = PackedWeights.IsWorthKeeping(weight);
        Shape shape = PackedShape(weight, PackKind.Gates, TCell.GateCount);
        using Scratch scratch = keeps ? default : Pool.Scratch(shape, "packed weight");
        float* packed = Reals(keeps ? Packed(weight, PackKind.Gates, TCell.GateCount) : scratch.View);
        if (!keeps)
            Pack(packed, weight, PackKind.Gates, TCell.GateCount);

        Layer layer = LayerOf(views);
        RunParts(layer, part =>
        {
            for (int t = 0; t < layer.Steps; t++)
            {
                for (long unit = part.FirstUnit; unit < part.EndUnit; unit += Width)
                    ForwardUnits<TCell>(layer, packed, t, part.FirstRow, part.Rows, unit);
                part.EndStep();
            }
        });
    }

    public override void RecurSlope<TCell>(in RecurrentViews views, View dH, View dC, View dWeight)
    {
        View weight = views.Weight;
        bool keeps = PackedWeights.IsWorthKeeping(weight);
        using Scratch scratch = keeps ? default : Pool.Scratch(PackedShape(weight, PackKind.Plain, 1), "packed weight");
        float* packed = Reals(keeps ? Packed(weight, PackKind.Plain) : scratch.View);
        if (!keeps)
            Pack(packed, weight, PackKind.Plain, 1);

        Layer layer = LayerOf(views);
        layer.DH = Reals(dH);
        layer.DC = Reals(dC);
        RunParts(layer, part =>
        {
            for (int t = (int)layer.Steps - 1; t >= 0; t--)
            {
                BackwardPart<TCell>(layer, t, part);
                part.EndStep();
                CarryBack(layer, TCell.GateCount, packed, t, part);
            }
        });

        if (dWeight.Exists)
            MatMul(dWeight, views.Gates.AsMatrix(), true, views.H.Range(0, views.Steps).AsMatrix(), false, add: true);
    }

    // Sums of sixteen units for some rows, then the cell on them.
    private static void ForwardUnits<TCell>(in Layer layer, float* packed, int t, long firstRow, long rows, long unit)
        where TCell : struct, ICell<TCell>
    {
        int gateCount = TCell.GateCount;
        long units = layer.Units;
        long columns = gateCount * units;
        long slot = layer.Batch * units;
        float* gates = layer.Gates + t * layer.Batch * columns;
        float* h = layer.H + t * slot;
        float* c = layer.C + t * slot;
        int valid = (int)Math.Min(Width, units - unit);
        float* panel = packed + unit * gateCount * units;
        int together = TLanes.PanelVectors >= gateCount ? gateCount : 1;
        for (long row = firstRow; row < firstRow + rows;)
        {
            int count = RowsOfTile(firstRow + rows - row);
            float* a = h + row * units;
            float* sums = gates + row * columns + unit;
            for (int gate = 0; gate < gateCount; gate += together)
            {
                float* b = panel + gate * Width * units;
                float* destination = sums + gate * units;
                int step = together * Width;
                if (valid == Width)
                    Tile<TLanes>.Multiply(count, together, units, a, (nint)units, 1, b, step, destination, (nint)columns, (nint)units, add: true);
                else
                    MultiplyLastUnits(count, together, units, a, b, destination, columns, valid);
            }

            row += count;
        }

        StepUnits<TCell>(layer, firstRow, rows, unit, unit + valid, gates, h, c, h + slot, c + slot);
    }

    // The last units do not fill their vectors: through a tile of its own.
    private static void MultiplyLastUnits(
        int rows, int vectors, long units, float* a, float* panel, float* sums, long columns, int valid)
    {
        float* tile = stackalloc float[Tile<TLanes>.MaximumRows * 4 * Width];
        int tileRow = vectors * Width;
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < tileRow; j++)
                tile[row * tileRow + j] = j % Width < valid ? sums[row * columns + j / Width * units + j % Width] : 0;
        }

        Tile<TLanes>.Multiply(rows, vectors, units, a, (nint)units, 1, panel, tileRow, tile, tileRow, Width, add: true);
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < tileRow; j++)
            {
                if (j % Width < valid)
                    sums[row * columns + j / Width * units + j % Width] = tile[row * tileRow + j];
            }
        }
    }

    // The gates of a step become the gradients of their sums.
    private static void BackwardPart<TCell>(in Layer layer, int t, Part part)
        where TCell : struct, ICell<TCell>
    {
        long slot = layer.Batch * layer.Units;
        float* gates = layer.Gates + t * slot * TCell.GateCount;
        long before = t * slot;
        long after = before + slot;
        SlopeUnits<TCell>(
            layer, part.FirstRow, part.Rows, part.FirstUnit, part.EndUnit, gates,
            layer.H + before, layer.C + before, layer.H + after, layer.C + after,
            layer.DH + after, layer.DC + after, layer.DH + before, layer.DC + before);
    }

    // dh before the step += the gradients of all sums times U.
    private static void CarryBack(in Layer layer, int gateCount, float* packed, int t, Part part)
    {
        long units = layer.Units;
        long columns = gateCount * units;
        var product = new Product
        {
            Rows = part.Rows,
            Columns = units,
            Depth = columns,
            A = layer.Gates + (t * layer.Batch + part.FirstRow) * columns,
            ARow = columns,
            PackedB = packed,
            C = layer.DH + (t * layer.Batch + part.FirstRow) * units,
            CRow = units,
            Adds = true,
        };
        MultiplyBlock(product, 0, part.Rows, part.FirstUnit, part.EndUnit, null, 0);
    }

    [MethodImpl(Hot)]
    private static void StepUnits<TCell>(
        in Layer layer, long firstRow, long rows, long firstUnit, long endUnit, float* gates, float* h, float* c, float* hAfter, float* cAfter)
        where TCell : struct, ICell<TCell>
    {
        long units = layer.Units;
        for (long row = firstRow; row < firstRow + rows; row++)
        {
            float* z = gates + row * TCell.GateCount * units;
            long at = row * units;
            for (long unit = firstUnit; unit < endUnit; unit += Width)
            {
                long left = endUnit - unit;
                Gates<TLanes> sums = LoadGates<TCell>(z + unit, units, left);
                States<TLanes> states;
                states.H = LaneReduction.Load<TLanes>(h + at + unit, left);
                states.C = LaneReduction.Load<TLanes>(c + at + unit, left);
                TCell.Step(ref sums, ref states);
                if (TCell.KeepsActivations)
                    StoreGates<TCell>(sums, z + unit, units, left);
                LaneReduction.Store(states.H, hAfter + at + unit, left);
                LaneReduction.Store(states.C, cAfter + at + unit, left);
            }
        }
    }

    [MethodImpl(Hot)]
    private static void SlopeUnits<TCell>(
        in Layer layer, long firstRow, long rows, long firstUnit, long endUnit, float* gates,
        float* h, float* c, float* hAfter, float* cAfter, float* dhAfter, float* dcAfter, float* dh, float* dc)
        where TCell : struct, ICell<TCell>
    {
        long units = layer.Units;
        for (long row = firstRow; row < firstRow + rows; row++)
        {
            float* z = gates + row * TCell.GateCount * units;
            for (long unit = firstUnit; unit < endUnit; unit += Width)
            {
                long at = row * units + unit;
                long left = endUnit - unit;
                Gates<TLanes> kept = LoadGates<TCell>(z + unit, units, left);
                States<TLanes> before;
                before.H = LaneReduction.Load<TLanes>(h + at, left);
                before.C = LaneReduction.Load<TLanes>(c + at, left);
                States<TLanes> after;
                after.H = LaneReduction.Load<TLanes>(hAfter + at, left);
                after.C = LaneReduction.Load<TLanes>(cAfter + at, left);
                States<TLanes> gradient;
                gradient.H = LaneReduction.Load<TLanes>(dhAfter + at, left);
                gradient.C = LaneReduction.Load<TLanes>(dcAfter + at, left);
                TCell.Slope(ref kept, before, after, ref gradient);
                StoreGates<TCell>(kept, z + unit, units, left);
                LaneReduction.Store(LaneReduction.Load<TLanes>(dh + at, left) + gradient.H, dh + at, left);
                LaneReduction.Store(LaneReduction.Load<TLanes>(dc + at, left) + gradient.C, dc + at, left);
            }
        }
    }

    [MethodImpl(Inline)]
    private static Gates<TLanes> LoadGates<TCell>(float* z, long units, long left)
        where TCell : struct, ICell<TCell>
    {
        Gates<TLanes> gates;
        gates.A = LaneReduction.Load<TLanes>(z, left);
        gates.B = TCell.GateCount > 1 ? LaneReduction.Load<TLanes>(z + units, left) : default;
        gates.C = TCell.GateCount > 2 ? LaneReduction.Load<TLanes>(z + 2 * units, left) : default;
        gates.D = TCell.GateCount > 3 ? LaneReduction.Load<TLanes>(z + 3 * units, left) : default;
        return gates;
    }

    [MethodImpl(Inline)]
    private static void StoreGates<TCell>(in Gates<TLanes> gates, float* z, long units, long left)
        where TCell : struct, ICell<TCell>
    {
        LaneReduction.Store(gates.A, z, left);
        if (TCell.GateCount > 1)
            LaneReduction.Store(gates.B, z + units, left);
        if (TCell.GateCount > 2)
            LaneReduction.Store(gates.C, z + 2 * units, left);
        if (TCell.GateCount > 3)
            LaneReduction.Store(gates.D, z + 3 * units, left);
    }

    private static Layer LayerOf(in RecurrentViews views) => new()
    {
        Steps = views.Steps,
        Batch = views.Batch,
        Units = views.Units,
        Gates = Reals(views.Gates),
        H = Reals(views.H),
        C = Reals(views.C),
    };

    // Cuts a layer into one part for each thread, by rows or by units.
    private void RunParts(Layer layer, Action<Part> run)
    {
        int workers = Workers.Count;
        long units = layer.Units;
        long multiplications = layer.Steps * layer.Batch * units * units * 4;
        if (workers == 1 || multiplications < MultiplicationsWorthAFork)
        {
            run(new(0, layer.Batch, 0, units, null));
            return;
        }

        bool byRows = layer.Batch >= (long)workers * RowsWorthAPart;
        long groups = (units + Width - 1) / Width;
        Workers.Run(worker =>
        {
            long first = (byRows ? layer.Batch : groups) * worker / workers;
            long end = (byRows ? layer.Batch : groups) * (worker + 1) / workers;
            run(byRows
                ? new(first, end - first, 0, units, null)
                : new(0, layer.Batch, first * Width, Math.Min(units, end * Width), Workers));
        });
    }

    /// <summary>Where the values of a layer over time lie.</summary>
    private struct Layer
    {
        public long Steps;
        public long Batch;
        public long Units;
        public float* Gates;
        public float* H;
        public float* C;
        public float* DH;
        public float* DC;
    }

    /// <summary>The rows and units of one thread; threads that share rows wait for each other after each step.</summary>
    private readonly record struct Part(long FirstRow, long Rows, long FirstUnit, long EndUnit, WorkerPool? Shared)
    {
        public void EndStep() => Shared?.Barrier();
    }
}
