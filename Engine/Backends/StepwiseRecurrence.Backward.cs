namespace MiniLstm.Engine;

/// <content>Back through time: the lines of a forward step, in reverse.</content>
internal sealed partial class StepwiseRecurrence<TCell>
{
    public void Backward(in RecurrentGradients gradients)
    {
        for (int k = views.Steps - 1; k >= 0; k--)
        {
            (int start, int count) = views.RowsOf(k);
            int mark = _scratch.Count;
            BackwardStep(gradients, start, count);
            ReturnTo(mark);
        }
    }

    private void BackwardStep(in RecurrentGradients gradients, int start, int count)
    {
        View gates = RowsOf(views.Gates, start, count);
        View h = Read(views.H, start, count, after: false);
        View c = HasCell ? Read(views.C, start, count, after: false) : default;
        View dhAfter = Read(gradients.H, start, count, after: true);
        View dcAfter = HasCell ? ReadCellGradient(gradients, start, count) : default;
        View dh = GradientBefore(gradients.H, start, count);
        View dc = gradients.CarriesCell ? Zeros(count, views.Units) : HasCell ? GradientBefore(gradients.C, start, count) : default;

        if (views.CellKeep.Exists)
            backend.KeepOldSlope(dcAfter, RowsOf(views.CellKeep, start, count), dc);
        if (views.HiddenKeep.Exists)
            backend.KeepOldSlope(dhAfter, RowsOf(views.HiddenKeep, start, count), dh);
        View dPut = BackThroughProjection(gradients, dhAfter, start, count);
        if (NormalizesCell)
        {
            BackThroughShownCell(gradients, gates, dPut, dcAfter, start, count);
            dPut = default;
        }

        backend.StepSlope(
            cell,
            gates,
            (IsProjected ? default : h, c),
            views.UnitWeights,
            (dPut, dcAfter),
            (IsProjected ? default : dh, dc),
            gradients.UnitWeights);
        BackThroughProduct(gradients, gates, h, dh, start, count);
        WriteGradientBack(gradients.H, dh, start, count);
        if (gradients.CarriesCell)
            CarryCellGradient(gradients, dc, start, count);
        else if (HasCell)
            WriteGradientBack(gradients.C, dc, start, count);
    }

    private View BackThroughProjection(in RecurrentGradients gradients, View dhAfter, int start, int count)
    {
        if (!IsProjected)
            return dhAfter;
        if (gradients.Projection.Exists)
            backend.MatMul(gradients.Projection, dhAfter, true, RowsOf(views.Unprojected, start, count), false, add: true);
        View dPut = Rent(count, views.Units);
        backend.MatMul(dPut, dhAfter, false, views.Projection, false, add: false);
        return dPut;
    }

    private void BackThroughShownCell(
        in RecurrentGradients gradients, View gates, View dPut, View dcAfter, int start, int count)
    {
        View shown = RowsOf(views.ShownCells, start, count);
        View normalized = RowsOf(views.NormalizedCells, start, count);
        View dShown = Rent(count, views.Units);
        backend.ShowCellSlope(cell, gates, shown, dPut, dShown);
        if (gradients.CellGain.Exists)
            backend.SumProducts(gradients.CellGain, dShown, normalized, add: true);
        if (gradients.CellShift.Exists)
            backend.Sum(gradients.CellShift, dShown, Axis.Rows(dShown.Shape), 1, add: true);
        backend.LayerNormalizationSlope(
            dcAfter, normalized, views.CellScales.Range(start, count), views.CellGain, dShown, add: true);
    }

    // dh += (d sums) U, and dU += (d sums)ᵀ h, the sums as the product left them: before they were normalised.
    private void BackThroughProduct(in RecurrentGradients gradients, View gates, View h, View dh, int start, int count)
    {
        View operand = Operand(h, start, count);
        View dOperand = views.Factors.Exists ? Zeros(count, views.Features) : dh;
        for (int part = Products.Length - 1; part >= 0; part--)
        {
            (int first, int columns) = Products[part];
            View weight = views.Weight.Range(first, columns);
            View dSums = GradientOfSums(gradients, gates, part, first, columns, start, count);
            View factor = part == 0 ? operand : ResetOperand(gates, operand);
            if (gradients.Weight.Exists)
                backend.MatMul(gradients.Weight.Range(first, columns), dSums, true, factor, false, add: true);
            if (part == 0)
            {
                backend.MatMul(dOperand, dSums, false, weight, false, add: true);
                continue;
            }

            View dFactor = Rent(count, views.Units);
            backend.MatMul(dFactor, dSums, false, weight, false, add: false);
            backend.ResetSlope(cell, gates, operand, dFactor, dOperand);
        }

        if (views.Factors.Exists)
            backend.Combine<Multiplication>(dh, dOperand, FactorsOf(start, count), Broadcast.None, add: true);
    }

    private View GradientOfSums(
        in RecurrentGradients gradients, View gates, int part, int first, int columns, int start, int count)
    {
        if (AddsOntoSums)
            return gates;
        View dSums = Rent(count, columns);
        backend.CopyColumns(dSums, 0, gates, first, columns, add: false);
        if (!IsNormalized)
            return dSums;

        View normalized = Rent(count, columns);
        backend.CopyColumns(normalized, 0, RowsOf(views.Normalized, start, count), first, columns, add: false);
        if (gradients.RecurrentGain.Exists)
            backend.SumProducts(gradients.RecurrentGain.Range(first, columns), dSums, normalized, add: true);
        backend.LayerNormalizationSlope(
            dSums,
            normalized,
            views.NormalizedScales[part].Range(start, count),
            views.RecurrentGain.Range(first, columns),
            dSums,
            add: false);
        return dSums;
    }

    // r h, once more: the first gate column holds r.
    private View ResetOperand(View gates, View operand)
    {
        View reset = Rent((int)operand.Rows, views.Units);
        backend.CopyColumns(reset, 0, gates, 0, views.Units, add: false);
        backend.Combine<Multiplication>(reset, reset, operand, Broadcast.None, add: false);
        return reset;
    }

    // Carried in one slot: that of each sequence.
    private View ReadCellGradient(in RecurrentGradients gradients, int start, int count)
    {
        if (!gradients.CarriesCell)
            return Read(gradients.C, start, count, after: true);
        if (views.Rows is null)
            return gradients.C[0];
        View carried = Rent(count, views.Units);
        backend.Gather(carried, gradients.C[0], views.Rows.Sequences.View.Range(start, count));
        return carried;
    }

    private void CarryCellGradient(in RecurrentGradients gradients, View dc, int start, int count)
    {
        if (views.Rows is null)
            backend.Copy(gradients.C[0], dc);
        else
            backend.Scatter(gradients.C[0], views.Rows.Sequences.View.Range(start, count), dc, add: false);
    }

    private View GradientBefore(View gradient, int start, int count) => views.Rows is null
        ? Slot(gradient, start, count, after: false)
        : Zeros(count, gradient.Columns);

    private void WriteGradientBack(View gradient, View before, int start, int count)
    {
        if (views.Rows is { } rows)
            backend.Scatter(gradient.AsMatrix(), rows.Before.View.Range(start, count), before, add: true);
    }
}
