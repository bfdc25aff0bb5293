using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>One time step of a recurrent layer.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public override void Step<TCell>(in TCell cell, View gates, (View H, View C) before, View weights, (View H, View C) after) =>
        Launch(StepOf(cell, gates, before, weights, after), after.H.Count);

    /// <inheritdoc/>
    public override void StepSlope<TCell>(
        in TCell cell,
        View gates,
        (View H, View C) before,
        View weights,
        (View H, View C) gradient,
        (View H, View C) gradientBefore,
        View dWeights)
    {
        using Scratch perRow = WeightGradientsOfRows(dWeights, gates.Rows);
        StepSlopeKernel<TCell> step = StepSlopeOf(cell, gates, before, weights, gradient, gradientBefore, perRow.View);
        Launch(step, gates.Rows * step.Units);
        AddRows(dWeights, perRow.View);
    }

    /// <inheritdoc/>
    public override void Reset<TCell>(in TCell cell, View gates, View h, View to) =>
        Launch(new ResetKernel<TCell>(cell, Destination(gates), Reals(h), Destination(to), h.Columns), h.Count);

    /// <inheritdoc/>
    public override void ResetSlope<TCell>(in TCell cell, View gates, View h, View gradient, View dh) => Launch(
        new ResetSlopeKernel<TCell>(cell, Destination(gates), Reals(h), Reals(gradient), Destination(dh), h.Columns), h.Count);

    /// <inheritdoc/>
    public override void ShowCell<TCell>(in TCell cell, View gates, View normalized, View h) =>
        Launch(new ShowCellKernel<TCell>(cell, Reals(gates), Reals(normalized), Destination(h), h.Columns), h.Count);

    /// <inheritdoc/>
    public override void ShowCellSlope<TCell>(in TCell cell, View gates, View normalized, View gradient, View dNormalized) => Launch(
        new ShowCellSlopeKernel<TCell>(
            cell, Destination(gates), Reals(normalized), Reals(gradient), Destination(dNormalized), gradient.Columns),
        gradient.Count);

    private StepKernel<TCell> StepOf<TCell>(
        in TCell cell, View gates, (View H, View C) before, View weights, (View H, View C) after)
        where TCell : struct, ICell<TCell> => new(
        cell,
        Destination(gates),
        new(Reals(before.H), Reals(before.C)),
        Reals(weights),
        new(Destination(after.H), Destination(after.C)),
        after.H.Columns);

    private StepSlopeKernel<TCell> StepSlopeOf<TCell>(
        in TCell cell,
        View gates,
        (View H, View C) before,
        View weights,
        (View H, View C) gradient,
        (View H, View C) gradientBefore,
        View weightGradients,
        in StepPlaces places = default)
        where TCell : struct, ICell<TCell> => new(
        cell,
        Destination(gates),
        new(Reals(before.H), Reals(before.C)),
        Reals(weights),
        new(Reals(gradient.H), Reals(gradient.C)),
        new(Destination(gradientBefore.H), Destination(gradientBefore.C)),
        Reals(weightGradients),
        gates.Columns / CellSizes<TCell>.Gates,
        addsCell: gradientBefore.C != gradient.C || places.CellBefore != places.CellAfter);

    // The gradients of the units' own weights, a row for each sequence, to be summed.
    private Scratch WeightGradientsOfRows(View dWeights, long rows) =>
        dWeights.Exists ? Pool.Scratch([(int)rows, (int)dWeights.Count], "gradients of the units' own weights") : default;

    private void AddRows(View dWeights, View perRow)
    {
        if (dWeights.Exists)
            Sum(dWeights, perRow, Axis.Rows(perRow.Shape), 1, add: true);
    }
}
