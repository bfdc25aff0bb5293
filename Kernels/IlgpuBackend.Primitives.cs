using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>Element by element, and moving about.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public override void Scale(View to, double scale, View x, bool add) =>
        Launch(new ScaleKernel(Destination(to), Reals(x), (float)scale, add), to.Count);

    /// <inheritdoc/>
    public override void Combine<TCombination>(View to, View a, View b, Broadcast broadcast, bool add) =>
        Launch(new CombineKernel<TCombination>(Destination(to), Reals(a), Reals(b), a.Columns, broadcast, add), to.Count);

    /// <inheritdoc/>
    public override void Map<TMap>(View y, View x) => Launch(new MapKernel<TMap>(Destination(y), Reals(x)), y.Count);

    /// <inheritdoc/>
    public override void MapSlope<TMap>(View dx, View x, View y, View dy, bool add) =>
        Launch(new MapSlopeKernel<TMap>(Destination(dx), Reals(x), Reals(y), Reals(dy), add), dx.Count);

    /// <inheritdoc/>
    public override void Select(View to, View mask, View set, View unset, bool add) => Launch(
        new SelectKernel(Destination(to), Integers(mask), (int)(to.Count / mask.Count), Reals(set), Reals(unset), add), to.Count);

    /// <inheritdoc/>
    public override void Dropout(View to, View x, double probability, RandomRange range, bool add) => Launch(
        new DropoutKernel(Destination(to), Reals(x), range, Philox.Threshold(probability), (float)(1 / (1 - probability)), add), to.Count);

    /// <inheritdoc/>
    public override void Draw(View to, double probability, RandomRange range) =>
        Launch(new DrawKernel(Destination(to), range, Philox.Threshold(probability)), to.Count);

    /// <inheritdoc/>
    public override void KeepOld(View to, View keep, View old) =>
        Launch(new KeepOldKernel(Destination(to), Reals(keep), Reals(old)), to.Count);

    /// <inheritdoc/>
    public override void KeepOldSlope(View gradient, View keep, View dOld) =>
        Launch(new KeepOldSlopeKernel(Destination(gradient), Reals(keep), Destination(dOld)), gradient.Count);

    /// <inheritdoc/>
    public override void Spread(View to, View x, Axis axis, double scale, bool add) => Launch(
        new SpreadKernel(Destination(to), Reals(x), (int)axis.Length, (int)axis.Inner, (float)scale, add), to.Count);

    /// <inheritdoc/>
    public override void CopyColumns(View to, int toColumn, View from, int fromColumn, int count, bool add) => Launch(
        new CopyColumnsKernel(
            Destination(to), toColumn, to.Columns, Reals(from), fromColumn, from.Columns, count, add),
        to.Rows * count);

    /// <inheritdoc/>
    public override void SwapAxes(View to, View x, int first, int second, bool add)
    {
        int rows = x.Shape[first];
        int columns = x.Shape[second];
        long inner = x.Shape.CountAfter(second);
        long middle = x.Count / (x.Shape.CountBefore(first) * rows * columns * inner);
        Launch(new SwapAxesKernel(Destination(to), Reals(x), rows, (int)middle, columns, (int)inner, add), to.Count);
    }

    /// <inheritdoc/>
    public override void Gather(View to, View table, View ids) =>
        Launch(new GatherKernel(Destination(to), Reals(table), Integers(ids), to.Columns), to.Count);

    /// <inheritdoc/>
    public override void Scatter(View to, View places, View rows, bool add) =>
        Launch(new ScatterKernel(Destination(to), Integers(places), Reals(rows), to.Columns, add), rows.Count);

    /// <inheritdoc/>
    public override void ScatterAdd(View table, IndexTensor ids, View rows, int skippedId) => ScatterAdd(table, ids.Values, rows, skippedId);

    // What parts of an id's rows come to is added by a further launch, and is a scatter-add again.
    private void ScatterAdd(View table, ReadOnlySpan<int> ids, View rows, int skippedId)
    {
        var plan = new ScatterPlan(ids, checked((int)table.Rows), skippedId, ColumnChunk);
        if (plan.Parts == 0)
            return;
        using var numbers = new Scratch(Pool, Pool.Rent([plan.Numbers.Length], ElementKind.Int32, "order of a scatter-add"));
        Upload(numbers.View, plan.Numbers);
        using Scratch sums = plan.SharedParts > 0 ? Pool.Scratch([plan.SharedParts, rows.Columns], "parts of a scatter-add") : default;
        Launch(
            new ScatterAddKernel(
                Destination(table), Destination(sums.View), Integers(numbers.View), plan.Parts, plan.SharedParts, Reals(rows), rows.Columns),
            (long)plan.Parts * rows.Columns);
        if (plan.SharedParts > 0)
            ScatterAdd(table, plan.IdsOfSharedParts, sums.View, skippedId: -1);
    }
}
