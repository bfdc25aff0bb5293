using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>One time step of a recurrent layer.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public override void Step<TCell>(in TCell cell, View gates, (View H, View C) before, View weights, (View H, View C) after) => Launch(
        new StepKernel<TCell>(
            cell,
            Destination(gates),
            new(Reals(before.H), Reals(before.C)),
            Reals(weights),
            new(Destination(after.H), Destination(after.C)),
            after.H.Columns),
        after.H.Count);

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
        int units = gates.Columns / CellSizes<TCell>.Gates;
        int rows = (int)gates.Rows;
        using Scratch perRow = WeightGradientsOfRows(dWeights, rows);
        Launch(
            new StepSlopeKernel<TCell>(
                cell,
                Destination(gates),
                new(Reals(before.H), Reals(before.C)),
                Reals(weights),
                new(Reals(gradient.H), Reals(gradient.C)),
                new(Destination(gradientBefore.H), Destination(gradientBefore.C)),
                Reals(perRow.View),
                units,
                addsCell: gradientBefore.C != gradient.C),
            rows * units);
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

    // The gradients of the units' own weights, a row for each sequence, to be summed.
    private Scratch WeightGradientsOfRows(View dWeights, int rows) =>
        dWeights.Exists ? Pool.Scratch([rows, (int)dWeights.Count], "gradients of the units' own weights") : default;

    private void AddRows(View dWeights, View perRow)
    {
        if (dWeights.Exists)
            Sum(dWeights, perRow, Axis.Rows(perRow.Shape), 1, add: true);
    }
}
