using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>Reductions, and whole rows at a time.</content>
public sealed partial class IlgpuBackend
{
    // Elements that one group, or one thread, adds up; more are split, and the parts added by a second launch.
    private const int RowChunk = 4096;
    private const int ColumnChunk = 64;

    /// <inheritdoc/>
    public override void Sum(View to, View x, Axis axis, double scale, bool add) =>
        Sum<ValueTerm>(to, x, default, axis, scale, add);

    /// <inheritdoc/>
    public override void SumProducts(View to, View a, View b, bool add) =>
        Sum<ProductTerm>(to, a, b, Axis.Rows(a.Shape), 1, add);

    /// <inheritdoc/>
    public override void SumOfSquares(View to, View x, bool add) =>
        Sum<SquareTerm>(to, x, default, Axis.All(x.Shape), 1, add);

    /// <inheritdoc/>
    public override void Max(View to, View positions, View x, Axis axis) => LaunchRows(
        new MaxKernel(Destination(to), Integers(positions), Reals(x), (int)axis.Length, (int)axis.Inner), positions.Count);

    /// <inheritdoc/>
    public override void MaxSlope(View dx, View positions, View dy, Axis axis, bool add) => Launch(
        new MaxSlopeKernel(Destination(dx), Integers(positions), Reals(dy), (int)axis.Length, (int)axis.Inner, add), dx.Count);

    /// <inheritdoc/>
    public override void Softmax(View y, View x, bool logarithm) =>
        LaunchRows(new SoftmaxKernel(Destination(y), Reals(x), x.Columns, logarithm), x.Rows);

    /// <inheritdoc/>
    public override void SoftmaxSlope(View dx, View y, View dy, bool logarithm, bool add) =>
        LaunchRows(new SoftmaxSlopeKernel(Destination(dx), Reals(y), Reals(dy), y.Columns, logarithm, add), y.Rows);

    /// <inheritdoc/>
    public override void CrossEntropy(
        View losses, View logSums, View rowWeights, View logits, View targets, View classWeights, CrossEntropyOptions options) => LaunchRows(
        new CrossEntropyKernel(
            Destination(losses),
            Destination(logSums),
            Destination(rowWeights),
            Reals(logits),
            Integers(targets),
            Reals(classWeights),
            logits.Columns,
            options.IgnoredIndex,
            (float)options.Smoothing),
        logits.Rows);

    /// <inheritdoc/>
    public override void CrossEntropySlope(
        View dLogits, View logits, View logSums, View scale, View targets, View classWeights, CrossEntropyOptions options, bool add)
    {
        using Scratch sum = classWeights.Exists ? Pool.Scratch([1], "sum of class weights") : default;
        if (classWeights.Exists)
            Sum(sum.View, classWeights, Axis.All(classWeights.Shape), 1, add: false);
        Launch(
            new CrossEntropySlopeKernel(
                Destination(dLogits),
                Reals(logits),
                Reals(logSums),
                Reals(scale),
                Integers(targets),
                Reals(classWeights),
                Reals(sum.View),
                logits.Columns,
                options.IgnoredIndex,
                (float)options.Smoothing,
                add),
            logits.Count);
    }

    /// <inheritdoc/>
    public override void LayerNormalization(
        View y, View normalized, View inverseDeviations, View x, View gain, View shift, double epsilon) => LaunchRows(
        new LayerNormalizationKernel(
            Destination(y),
            Destination(normalized),
            Destination(inverseDeviations),
            Reals(x),
            Reals(gain),
            Reals(shift),
            x.Columns,
            (float)epsilon),
        x.Rows);

    /// <inheritdoc/>
    public override void LayerNormalizationSlope(
        View dx, View normalized, View inverseDeviations, View gain, View dy, bool add) => LaunchRows(
        new LayerNormalizationSlopeKernel(
            Destination(dx), Reals(normalized), Reals(inverseDeviations), Reals(gain), Reals(dy), normalized.Columns, add),
        normalized.Rows);

    // The second launch of a split sum reads the parts as they are, whatever the term was.
    private void Sum<TTerm>(View to, View a, View b, Axis axis, double scale, bool add)
        where TTerm : struct, ITerm
    {
        int chunk = axis.Inner == 1 ? RowChunk : ColumnChunk;
        int chunks = (int)((axis.Length + chunk - 1) / chunk);
        if (chunks == 1)
        {
            SumOnce<TTerm>(to, a, b, axis, chunk, chunks, scale, add);
            return;
        }

        using Scratch parts = Pool.Scratch([(int)axis.Outer, chunks, (int)axis.Inner], "parts of a sum");
        SumOnce<TTerm>(parts.View, a, b, axis, chunk, chunks, 1, add: false);
        Sum<ValueTerm>(to, parts.View, default, axis with { Length = chunks }, scale, add);
    }

    private void SumOnce<TTerm>(View to, View a, View b, Axis axis, int chunk, int chunks, double scale, bool add)
        where TTerm : struct, ITerm
    {
        int length = (int)axis.Length;
        if (axis.Inner == 1)
        {
            LaunchRows(
                new SumRowsKernel<TTerm>(Destination(to), Reals(a), Reals(b), length, chunk, chunks, (float)scale, add),
                axis.Outer * chunks);
            return;
        }

        Launch(
            new SumColumnsKernel<TTerm>(
                Destination(to), Reals(a), Reals(b), length, (int)axis.Inner, chunk, chunks, (float)scale, add),
            axis.Outer * chunks * axis.Inner);
    }
}
