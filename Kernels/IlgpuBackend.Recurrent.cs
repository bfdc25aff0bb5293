using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>Steps of recurrent layers with their products: one launch a step, forward and backward.</content>
public sealed partial class IlgpuBackend
{
    // With so many groups of the wide tile the multiprocessors of a large device have work.
    private const int EnoughGroups = 96;

    /// <inheritdoc/>
    public override bool TakesPlaces => !_runner.HasSlowThreads;

    /// <inheritdoc/>
    public override void ProductAndStep<TCell>(
        in TCell cell,
        View gates,
        View operand,
        View weight,
        (View H, View C) before,
        View weights,
        (View H, View C) after,
        in StepPlaces places = default)
    {
        int rows = (int)gates.Rows;
        int units = after.H.Columns;
        bool isWide = IsWide(rows, units);
        Paths.Note("recurrent step", rows, units, WayOf(isWide));
        if (_runner.HasSlowThreads)
            base.ProductAndStep(cell, gates, operand, weight, before, weights, after);
        else
            ProductAndStep(cell, gates, operand, weight, before, weights, after, places, isWide);
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
        View dWeights,
        in StepPlaces places = default)
    {
        bool isWide = IsWide((int)gates.Rows, gates.Columns / CellSizes<TCell>.Gates);
        if (_runner.HasSlowThreads || !later.Exists)
            base.ProductAndStepSlope(cell, later, weight, gates, before, weights, gradient, gradientBefore, dWeights);
        else
            ProductAndStepSlope(cell, later, weight, gates, before, weights, gradient, gradientBefore, dWeights, places, isWide);
    }

    /// <summary>As <see cref="Backend.ProductAndStep"/>, in one launch with tiles of many rows or of few.</summary>
    internal void ProductAndStep<TCell>(
        in TCell cell,
        View gates,
        View operand,
        View weight,
        (View H, View C) before,
        View weights,
        (View H, View C) after,
        in StepPlaces places,
        bool isWide)
        where TCell : struct, ICell<TCell>
    {
        StepKernel<TCell> step = StepOf(cell, gates, before, weights, after);
        StepProduct product = ProductOf(operand, weight, gates.Rows, operand.Columns);
        if (isWide)
            LaunchStep<TCell, WideStep>(step, product, places);
        else
            LaunchStep<TCell, NarrowStep>(step, product, places);
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
        in StepPlaces places,
        bool isWide)
        where TCell : struct, ICell<TCell>
    {
        using Scratch perRow = WeightGradientsOfRows(dWeights, gates.Rows);
        StepSlopeKernel<TCell> step = StepSlopeOf(cell, gates, before, weights, gradient, gradientBefore, perRow.View);
        StepProduct product = ProductOf(later, weight, gates.Rows, weight.Shape[0]);
        if (isWide)
            LaunchStepBack<TCell, WideStep>(step, product, places);
        else
            LaunchStepBack<TCell, NarrowStep>(step, product, places);
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
        Parts(rows, 4 * WideStep.RowThreads) * Parts(units, StepGroup.Units) >= EnoughGroups;

    private void LaunchStep<TCell, TTile>(in StepKernel<TCell> step, in StepProduct product, in StepPlaces places)
        where TCell : struct, ICell<TCell>
        where TTile : struct, IStepTile => Launch(
        new ProductAndStepKernel<TCell, TTile>(step, product, ViewsOf(places)), GroupsOf<TTile>(step.Units, product.Rows), StepGroup.Threads);

    private void LaunchStepBack<TCell, TTile>(in StepSlopeKernel<TCell> step, in StepProduct product, in StepPlaces places)
        where TCell : struct, ICell<TCell>
        where TTile : struct, IStepTile => Launch(
        new ProductAndStepSlopeKernel<TCell, TTile>(step, product, ViewsOf(places)), GroupsOf<TTile>(step.Units, product.Rows), StepGroup.Threads);

    private static Index3D GroupsOf<TTile>(int units, int rows)
        where TTile : struct, IStepTile => new(Parts(units, StepGroup.Units), Parts(rows, 4 * TTile.RowThreads), 1);

    private StepProduct ProductOf(View operand, View weight, long rows, int length) => new(
        Reals(operand), Reals(weight), (int)rows, length, HasWholeQuads(operand) && HasWholeQuads(weight));

    private PlaceViews ViewsOf(in StepPlaces places) => new(
        Integers(places.Before), Integers(places.After), Integers(places.CellBefore), Integers(places.CellAfter), Integers(places.Later));
}
