namespace MiniLstm.Engine;

/// <content>Packed copies of weights.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    private PackedWeights? _packs;

    private PackedWeights Packs => _packs ??= new(Pool);

    protected internal override void Forget(DeviceBuffer buffer) => _packs?.Forget(buffer);

    // The kept copy of a weight, made again if its version has changed.
    private View Packed(View weight, PackKind kind, int gates = 1) =>
        Packs.Get(weight, kind, gates, PackedShape(weight, kind, gates, Weights), packed =>
        {
            if (Weights == WeightFormat.Float32)
                Pack(Reals(packed), weight, kind, gates);
            else
                PackNarrow(Reals(packed), weight, kind, gates, Weights);
        });

    private static Shape PackedShape(View weight, PackKind kind, int gates, WeightFormat format = WeightFormat.Float32)
    {
        long count = format == WeightFormat.Float32 ? PackedCount(weight, kind, gates) : NarrowCount(weight, kind, gates, format);
        return [checked((int)(count / Width)), Width];
    }

    private static long PackedCount(View weight, PackKind kind, int gates) => kind switch
    {
        PackKind.Plain => weight.Rows * RoundUp(weight.Columns, Width),
        PackKind.Transposed => weight.Columns * RoundUp(weight.Rows, Width),
        _ => weight.Columns * gates * RoundUp(weight.Rows / gates, Width),
    };

    private void Pack(float* to, View weight, PackKind kind, int gates)
    {
        float* source = Reals(weight);
        long stride = weight.Columns;
        bool transposed = kind != PackKind.Plain;
        long depth = transposed ? weight.Columns : weight.Rows;
        long columns = transposed ? weight.Rows : weight.Columns;
        if (kind == PackKind.Gates)
        {
            PackGates(to, source, depth, columns / gates, gates);
            return;
        }

        long panels = (columns + PanelWidth - 1) / PanelWidth;
        Split(panels, 1, Math.Max(1, ElementsWorthAFork / (depth * PanelWidth)), (start, count) =>
        {
            for (long panel = start; panel < start + count; panel++)
            {
                long n = panel * PanelWidth;
                float* b = transposed ? source + n * stride : source + n;
                PackPanel(to + n * depth, b, stride, transposed, depth, (int)Math.Min(PanelWidth, columns - n));
            }
        });
    }

    // For each sixteen units: their gate columns as one panel if a tile is wide enough, else as one panel for each gate.
    private void PackGates(float* to, float* weight, long depth, long units, int gates)
    {
        long groups = (units + Width - 1) / Width;
        bool together = TLanes.PanelVectors >= gates;
        Split(groups, 1, Math.Max(1, ElementsWorthAFork / (depth * PanelWidth)), (start, count) =>
        {
            for (long group = start; group < start + count; group++)
            {
                long unit = group * Width;
                int valid = (int)Math.Min(Width, units - unit);
                float* panel = to + group * gates * Width * depth;
                for (int gate = 0; gate < gates; gate++)
                {
                    TransposeVector(
                        panel + (together ? gate * Width : gate * Width * depth),
                        together ? gates * Width : Width,
                        weight + (gate * units + unit) * depth,
                        depth,
                        depth,
                        valid);
                }
            }
        });
    }

    /// <summary>Right operands of products in packed form: the kept copies of weights, or copies that live as long as this does.</summary>
    private sealed class PackedOperands(HostBackend<TLanes> backend) : IDisposable
    {
        private List<Scratch>? _scratch;

        public float* Of(View weight, PackKind kind, int gates = 1)
        {
            if (PackedWeights.IsWorthKeeping(weight))
                return Reals(backend.Packed(weight, kind, gates));
            Scratch scratch = backend.Pool.Scratch(PackedShape(weight, kind, gates), "packed weight");
            (_scratch ??= []).Add(scratch);
            float* packed = Reals(scratch.View);
            backend.Pack(packed, weight, kind, gates);
            return packed;
        }

        public void Dispose()
        {
            foreach (Scratch scratch in _scratch ?? [])
                scratch.Dispose();
        }
    }
}
