namespace MiniLstm.Engine;

/// <content>Back through time: the lines of a forward step, in reverse.</content>
internal sealed partial class StepwiseRecurrence<TCell>
{
    // The product with the gradients of a step's sums can wait until the step before it asks for the result.
    private bool IsChained => IsPlain && (views.Rows is null || IsPlaced);

    public void Backward(in RecurrentGradients gradients)
    {
        View later = default;
        for (int k = views.Steps - 1; k >= 0; k--)
        {
            (int start, int count) = views.RowsOf(k);
            int mark = _scratch.Count;
            BackwardStep(gradients, later, start, count);
            ReturnTo(mark);
            if (IsChained)
                later = RowsOf(views.Gates, start, count);
        }

        if (later.Exists)
        {
            (int start, int count) = views.RowsOf(0);
            View dh = GradientBefore(gradients.H, start, count);
            backend.ProductOfSums(dh, later, views.Weight);
            WriteGradientBack(gradients.H, dh, start, count);
        }

        if (IsDirect && gradients.Weight.Exists)
            AddWeightGradient(gradients.Weight);
    }

    // dU += (d sums)ᵀ h over all steps at once.
    private void AddWeightGradient(View gradient)
    {
        int count = (int)views.Count;
        View h = views.Reversed ? views.H.Range(1, views.Time) : views.H.Range(0, views.Time);
        View operand = h.AsMatrix();
        if (views.Rows is { } rows)
        {
            operand = Rent(count, views.Features);
            backend.Gather(operand, views.H.AsMatrix(), rows.Before.View.Range(0, count));
        }

        if (views.Factors.Exists)
        {
            View multiplied = Rent(count, views.Features);
            MultiplyByFactors(multiplied, operand);
            operand = multiplied;
        }

        View dSums = views.Gates.AsMatrix();
        if (dSums.Columns != _recurrentColumns)
        {
            dSums = Rent(count, _recurrentColumns);
            backend.CopyColumns(dSums, 0, views.Gates.AsMatrix(), 0, _recurrentColumns, add: false);
        }

        backend.MatMul(gradient, dSums, true, operand, false, add: true);
    }

    // Each sequence has factors of its own: one row of them for all features of a step, or one for each packed row.
    private void MultiplyByFactors(View to, View h)
    {
        if (views.Rows is null)
        {
            int features = checked(views.Batch * views.Features);
            backend.Combine<Multiplication>(
                to.As([views.Time, features]), h.As([views.Time, features]), views.Factors.As([features]), Broadcast.Row, add: false);
            return;
        }

        View factors = FactorsOf(0, (int)h.Rows);
        backend.Combine<Multiplication>(to, h, factors, Broadcast.None, add: false);
    }

    private void BackwardStep(in RecurrentGradients gradients, View later, int start, int count)
    {
        View gates = RowsOf(views.Gates, start, count);
        if (IsPlaced)
        {
            StepBackInPlace(gradients, gates, start, count);
            return;
        }

        View h = Read(views.H, start, count, after: false);
        View c = HasCell ? Read(views.C, start, count, after: false) : default;
        View dhAfter = Read(gradients.H, start, count, after: true);
        View dcAfter = HasCell ? ReadCellGradient(gradients, start, count) : default;
        View dh = GradientBefore(gradients.H, start, count);
        View dc = gradients.CarriesCell ? dcAfter : HasCell ? GradientBefore(gradients.C, start, count) : default;

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

        backend.ProductAndStepSlope(
            cell,
            later,
            views.Weight,
            gates,
            (IsProjected ? default : h, c),
            views.UnitWeights,
            (dPut, dcAfter),
            (IsProjected ? default : dh, dc),
            gradients.UnitWeights);
        if (!IsChained)
            BackThroughProduct(gradients, gates, h, dh, start, count);
        WriteGradientBack(gradients.H, dh, start, count);
        if (gradients.CarriesCell)
            WriteCarriedBack(gradients.C[0], dc, start, count);
        else if (HasCell)
            WriteGradientBack(gradients.C, dc, start, count);
    }

    // Each row finds the later one of its sequence among all gates.
    private void StepBackInPlace(in RecurrentGradients gradients, View gates, int start, int count)
    {
        (View H, View C) slopes = (gradients.H.AsMatrix(), HasCell ? gradients.C.AsMatrix() : default);
        StepPlaces places = PlacesOf(start, count);

        // A gradient of the cell state that is carried has one place for each sequence.
        View sequences = views.Rows!.Sequences.View.Range(start, count);
        places = places with
        {
            CellBefore = gradients.CarriesCell ? sequences : places.Before,
            CellAfter = gradients.CarriesCell ? sequences : places.After,
            Later = views.Rows.Later!.View.Range(start, count),
        };
        backend.ProductAndStepSlope(
            cell,
            views.Gates.AsMatrix(),
            views.Weight,
            gates,
            States,
            views.UnitWeights,
            slopes,
            slopes,
            gradients.UnitWeights,
            places);
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

    // dh += (d sums) U, through the factors if there are any.
    private void BackThroughProduct(in RecurrentGradients gradients, View gates, View h, View dh, int start, int count)
    {
        View dOperand = views.Factors.Exists ? Zeros(count, views.Features) : dh;
        if (IsDirect)
            backend.ProductOfSums(dOperand, gates, views.Weight);
        else
            BackThroughParts(gradients, gates, Operand(h, start, count), dOperand, start, count);
        if (views.Factors.Exists)
            backend.Combine<Multiplication>(dh, dOperand, FactorsOf(start, count), Broadcast.None, add: true);
    }

    // The sums as each product left them, before they were normalised; and dU += (d sums)ᵀ h.
    private void BackThroughParts(
        in RecurrentGradients gradients, View gates, View operand, View dOperand, int start, int count)
    {
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
    }

    private View GradientOfSums(
        in RecurrentGradients gradients, View gates, int part, int first, int columns, int start, int count)
    {
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

    private void WriteCarriedBack(View carried, View dc, int start, int count)
    {
        if (views.Rows is { } rows)
            backend.Scatter(carried, rows.Sequences.View.Range(start, count), dc, add: false);
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
