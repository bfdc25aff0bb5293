using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>Steps of recurrent layers with their products: one launch a step, forward and backward.</content>
public sealed partial class IlgpuBackend
{
    // About as many as a large device has multiprocessors.
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
        if (_runner.HasSlowThreads)
        {
            base.ProductAndStep(cell, gates, operand, weight, before, weights, after, places);
            return;
        }

        int tileRows = TileRows(rows, units);
        Paths.Note("recurrent step", rows, units, WayOf(tileRows));
        ProductAndStep(cell, gates, operand, weight, before, weights, after, places, tileRows);
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
        if (_runner.HasSlowThreads || !later.Exists)
        {
            base.ProductAndStepSlope(cell, later, weight, gates, before, weights, gradient, gradientBefore, dWeights, places);
            return;
        }

        int rows = (int)gates.Rows;
        int units = gates.Columns / CellSizes<TCell>.Gates;
        int tileRows = TileRows(rows, units);
        Paths.Note("recurrent step back", rows, units, WayOf(tileRows));
        ProductAndStepSlope(cell, later, weight, gates, before, weights, gradient, gradientBefore, dWeights, places, tileRows);
    }

    /// <summary>As <see cref="Backend.ProductAndStep"/>, in one launch with tiles of 32, 16 or 8 rows.</summary>
    internal void ProductAndStep<TCell>(
        in TCell cell,
        View gates,
        View operand,
        View weight,
        (View H, View C) before,
        View weights,
        (View H, View C) after,
        in StepPlaces places,
        int tileRows)
        where TCell : struct, ICell<TCell>
    {
        StepKernel<TCell> step = StepOf(cell, gates, before, weights, after);
        StepProduct product = ProductOf(operand, weight, gates.Rows, operand.Columns);
        if (tileRows == 32)
            LaunchStep<TCell, Rows32>(step, product, places);
        else if (tileRows == 16)
            LaunchStep<TCell, Rows16>(step, product, places);
        else
            LaunchStep<TCell, Rows8>(step, product, places);
    }

    /// <summary>As <see cref="Backend.ProductAndStepSlope"/>, in one launch with tiles of 32, 16 or 8 rows.</summary>
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
        int tileRows)
        where TCell : struct, ICell<TCell>
    {
        using Scratch perRow = WeightGradientsOfRows(dWeights, gates.Rows);
        StepSlopeKernel<TCell> step = StepSlopeOf(cell, gates, before, weights, gradient, gradientBefore, perRow.View, places);
        StepProduct product = ProductOf(later, weight, gates.Rows, weight.Shape[0]);
        if (tileRows == 32)
            LaunchStepBack<TCell, Rows32>(step, product, places);
        else if (tileRows == 16)
            LaunchStepBack<TCell, Rows16>(step, product, places);
        else
            LaunchStepBack<TCell, Rows8>(step, product, places);
        AddRows(dWeights, perRow.View);
    }

    private static string WayOf(int tileRows) => tileRows switch
    {
        32 => "product and cell in one launch, tiles of 32 rows and 32 units",
        16 => "product and cell in one launch, tiles of 16 rows and 32 units",
        _ => "product and cell in one launch, tiles of 8 rows and 32 units",
    };

    // Each tile reads all of U for its units: as few of them as give every multiprocessor of a large device one. By sizes alone, so that the same layer gives
    // the same bits on every device.
    private static int TileRows(int rows, int units)
    {
        int columns = Parts(units, StepGroup.Units);
        return Parts(rows, 32) * columns >= EnoughGroups ? 32 : Parts(rows, 16) * columns >= EnoughGroups ? 16 : 8;
    }

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
