namespace MiniLstm.Engine;

/// <summary>
/// The backend to read first: plain float64 loops over arrays, no pointer, no thread, no trick. The oracle that all others are
/// compared with, and what makes gradient checks sharp.
/// </summary>
public sealed partial class ReferenceBackend : Backend
{
    /// <summary>Makes the backend.</summary>
    /// <param name="options">How its pool behaves.</param>
    public ReferenceBackend(BackendOptions? options = null)
        : base(options ?? BackendOptions.Default)
    {
    }

    /// <inheritdoc/>
    public override string Name => "reference";

    /// <inheritdoc/>
    public override ElementKind Real => ElementKind.Float64;

    /// <inheritdoc/>
    protected internal override DeviceBuffer Allocate(long count, ElementKind kind) => new ArrayBuffer(count, kind);

    private static Span<double> Reals(View view) =>
        ((ArrayBuffer)view.Buffer).Reals.AsSpan(checked((int)view.Offset), checked((int)view.Count));

    private static Span<int> Integers(View view) =>
        ((ArrayBuffer)view.Buffer).Integers.AsSpan(checked((int)view.Offset), checked((int)view.Count));

    /// <summary>One row of a view read as a matrix.</summary>
    private static Span<double> Row(View view, int row) => Reals(view).Slice(row * view.Columns, view.Columns);

    /// <summary>What every flag <c>add</c> means: to += value, or to = value.</summary>
    private static void Put(ref double to, double value, bool add) => to = add ? to + value : value;

    /// <summary>Managed memory: one array or the other.</summary>
    private sealed class ArrayBuffer(long count, ElementKind kind) : DeviceBuffer(count, kind)
    {
        public double[] Reals { get; } = kind == ElementKind.Float64 ? new double[count] : [];

        public int[] Integers { get; } = kind == ElementKind.Int32 ? new int[count] : [];

        protected internal override void Free()
        {
            // The garbage collector does.
        }
    }
}
