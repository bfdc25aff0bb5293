using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>Steps of recurrent layers with their products: one launch a step, forward and backward.</content>
public sealed partial class IlgpuBackend
{
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
        StepKernel<TCell> step = StepOf(cell, gates, before, weights, after);
        if (isWide)
            LaunchStep<TCell, WideStep>(step, operand, weight, gates.Rows);
        else
            LaunchStep<TCell, NarrowStep>(step, operand, weight, gates.Rows);
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
        using Scratch perRow = WeightGradientsOfRows(dWeights, gates.Rows);
        StepSlopeKernel<TCell> step = StepSlopeOf(cell, gates, before, weights, gradient, gradientBefore, perRow.View);
        if (isWide)
            LaunchStepBack<TCell, WideStepBack>(step, later, weight, gates.Rows);
        else
            LaunchStepBack<TCell, NarrowStepBack>(step, later, weight, gates.Rows);
        AddRows(dWeights, perRow.View);
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
    private static bool IsWide(int rows, int units) =>
        Parts(rows, 4 * WideStep.RowThreads) * Parts(units, WideStep.UnitThreads) >= EnoughGroups;

    private void LaunchStep<TCell, TTile>(in StepKernel<TCell> step, View operand, View weight, long rows)
        where TCell : struct, ICell<TCell>
        where TTile : struct, IStepTile => Launch(
        new ProductAndStepKernel<TCell, TTile>(step, Reals(operand), Reals(weight), (int)rows, operand.Columns),
        new Index3D(Parts(step.Units, TTile.UnitThreads), Parts((int)rows, 4 * TTile.RowThreads), 1),
        StepGroup.Threads);

    // A thread has four units here.
    private void LaunchStepBack<TCell, TTile>(in StepSlopeKernel<TCell> step, View later, View weight, long rows)
        where TCell : struct, ICell<TCell>
        where TTile : struct, IStepTile => Launch(
        new ProductAndStepSlopeKernel<TCell, TTile>(step, Reals(later), Reals(weight), (int)rows),
        new Index3D(Parts(step.Units, 4 * TTile.UnitThreads), Parts((int)rows, 4 * TTile.RowThreads), 1),
        StepGroup.Threads);
}
