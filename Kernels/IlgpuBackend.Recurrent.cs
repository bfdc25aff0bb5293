using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>Steps of recurrent layers with their products: one launch a step, forward and backward.</content>
public sealed partial class IlgpuBackend
{
    private const int StepUnits = 32;
    private const int WideRows = 32;
    private const int NarrowRows = 8;

    // With so many groups of the wide tile the multiprocessors of a large device have work.
    private const int EnoughGroups = 96;

    /// <inheritdoc/>
    public override void ProductAndStep<TCell>(
        in TCell cell, View gates, View operand, View weight, (View H, View C) before, View weights, (View H, View C) after)
    {
        int rows = (int)gates.Rows;
        int units = after.H.Columns;
        bool isWide = IsWide(rows, units);
        Paths.Note("recurrent step", rows, units, WayOf(isWide));
        if (_runner.HasSlowThreads)
            base.ProductAndStep(cell, gates, operand, weight, before, weights, after);
        else
            ProductAndStep(cell, gates, operand, weight, before, weights, after, isWide);
    }

    /// <inheritdoc/>
    public override void ProductAndStepSlope<TCell>(
        in TCell cell,
        View later,
        View weight,
        View gates,
        (View H, View C) before,
        View weights,
        (View H, View C) gradient,
        (View H, View C) gradientBefore,
        View dWeights)
    {
        bool isWide = IsWide((int)gates.Rows, gates.Columns / CellSizes<TCell>.Gates);
        if (_runner.HasSlowThreads || !later.Exists)
            base.ProductAndStepSlope(cell, later, weight, gates, before, weights, gradient, gradientBefore, dWeights);
        else
            ProductAndStepSlope(cell, later, weight, gates, before, weights, gradient, gradientBefore, dWeights, isWide);
    }

    /// <summary>As <see cref="Backend.ProductAndStep"/>, in one launch with tiles of many rows or of few.</summary>
    internal void ProductAndStep<TCell>(
        in TCell cell, View gates, View operand, View weight, (View H, View C) before, View weights, (View H, View C) after, bool isWide)
        where TCell : struct, ICell<TCell>
    {
        if (isWide)
            ProductAndStep<TCell, WideStep>(cell, gates, operand, weight, before, weights, after, WideRows);
        else
            ProductAndStep<TCell, NarrowStep>(cell, gates, operand, weight, before, weights, after, NarrowRows);
    }

    /// <summary>As <see cref="Backend.ProductAndStepSlope"/>, in one launch with tiles of many rows or of few.</summary>
    internal void ProductAndStepSlope<TCell>(
        in TCell cell,
        View later,
        View weight,
        View gates,
        (View H, View C) before,
        View weights,
        (View H, View C) gradient,
        (View H, View C) gradientBefore,
        View dWeights,
        bool isWide)
        where TCell : struct, ICell<TCell>
    {
        if (isWide)
            ProductAndStepSlope<TCell, WideStepBack>(cell, later, weight, gates, before, weights, gradient, gradientBefore, dWeights, WideRows);
        else
            ProductAndStepSlope<TCell, NarrowStepBack>(cell, later, weight, gates, before, weights, gradient, gradientBefore, dWeights, NarrowRows);
    }

    private string WayOf(bool isWide)
    {
        if (_runner.HasSlowThreads)
            return "product and cell apart: threads are simulated";
        return isWide
            ? "product and cell in one launch, tiles of 32 rows and 32 units"
            : "product and cell in one launch, tiles of 8 rows and 32 units";
    }

    // By sizes alone, so that the same layer gives the same bits on every device.
    private static bool IsWide(int rows, int units) => Parts(rows, WideRows) * Parts(units, StepUnits) >= EnoughGroups;

    private void ProductAndStep<TCell, TTile>(
        in TCell cell,
        View gates,
        View operand,
        View weight,
        (View H, View C) before,
        View weights,
        (View H, View C) after,
        int tileRows)
        where TCell : struct, ICell<TCell>
        where TTile : struct, IStepTile
    {
        int rows = (int)gates.Rows;
        int units = after.H.Columns;
        Launch(
            new ProductAndStepKernel<TCell, TTile>(
                cell,
                Destination(gates),
                Reals(operand),
                Reals(weight),
                new(Reals(before.H), Reals(before.C)),
                Reals(weights),
                new(Destination(after.H), Destination(after.C)),
                rows,
                units,
                operand.Columns),
            new Index3D(Parts(units, StepUnits), Parts(rows, tileRows), 1),
            StepGroup.Threads);
    }

    private void ProductAndStepSlope<TCell, TTile>(
        in TCell cell,
        View later,
        View weight,
        View gates,
        (View H, View C) before,
        View weights,
        (View H, View C) gradient,
        (View H, View C) gradientBefore,
        View dWeights,
        int tileRows)
        where TCell : struct, ICell<TCell>
        where TTile : struct, IStepTile
    {
        int rows = (int)gates.Rows;
        int units = gates.Columns / CellSizes<TCell>.Gates;
        using Scratch perRow = WeightGradientsOfRows(dWeights, rows);
        Launch(
            new ProductAndStepSlopeKernel<TCell, TTile>(
                cell,
                Reals(later),
                Reals(weight),
                Destination(gates),
                new(Reals(before.H), Reals(before.C)),
                Reals(weights),
                new(Reals(gradient.H), Reals(gradient.C)),
                new(Destination(gradientBefore.H), Destination(gradientBefore.C)),
                Reals(perRow.View),
                rows,
                units,
                addsCell: gradientBefore.C != gradient.C),
            new Index3D(Parts(units, StepUnits), Parts(rows, tileRows), 1),
            StepGroup.Threads);
        AddRows(dWeights, perRow.View);
    }
}
