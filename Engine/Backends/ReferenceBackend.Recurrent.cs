namespace MiniLstm.Engine;

/// <content>One time step of a recurrent layer. The schedule over time is the one that <see cref="Backend"/> gives to all.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Step<TCell>(in TCell cell, View gates, (View H, View C) before, View weights, (View H, View C) after)
    {
        int units = after.H.Columns;
        for (int row = 0; row < gates.Rows; row++)
        {
            for (int unit = 0; unit < units; unit++)
            {
                Gates<F64> z = LoadGates<TCell>(Row(gates, row), unit, units);
                States<F64> states = LoadStates(before, row, unit);

                cell.Step(ref z, ref states, LoadWeights(weights, unit));

                if (TCell.KeepsActivations)
                    StoreGates<TCell>(Row(gates, row), unit, units, z);
                Row(after.H, row)[unit] = states.H.Value;
                if (after.C.Exists)
                    Row(after.C, row)[unit] = states.C.Value;
            }
        }
    }

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
        for (int row = 0; row < gates.Rows; row++)
        {
            for (int unit = 0; unit < units; unit++)
            {
                Gates<F64> kept = LoadGates<TCell>(Row(gates, row), unit, units);
                States<F64> states = LoadStates(before, row, unit);
                States<F64> slope = LoadStates(gradient, row, unit);
                UnitWeights<F64> weightSlope = default;

                TCell.Slope(cell, ref kept, states, LoadWeights(weights, unit), ref slope, ref weightSlope);

                StoreGates<TCell>(Row(gates, row), unit, units, kept);
                AddTo(gradientBefore.H, row, unit, slope.H);
                if (gradientBefore.C == gradient.C && gradient.C.Exists)
                    Row(gradient.C, row)[unit] = 0;
                AddTo(gradientBefore.C, row, unit, slope.C);
                AddTo(dWeights, 0, unit, weightSlope.A);
                AddTo(dWeights, 1, unit, weightSlope.B);
                AddTo(dWeights, 2, unit, weightSlope.C);
            }
        }
    }

    /// <inheritdoc/>
    public override void Reset<TCell>(in TCell cell, View gates, View h, View to)
    {
        for (int row = 0; row < h.Rows; row++)
        {
            for (int unit = 0; unit < h.Columns; unit++)
            {
                F64 reset = TCell.Reset(cell, new F64(Row(gates, row)[unit]));
                Row(gates, row)[unit] = reset.Value;
                Row(to, row)[unit] = reset.Value * Row(h, row)[unit];
            }
        }
    }

    /// <inheritdoc/>
    public override void ResetSlope<TCell>(in TCell cell, View gates, View h, View gradient, View dh)
    {
        for (int row = 0; row < h.Rows; row++)
        {
            for (int unit = 0; unit < h.Columns; unit++)
            {
                F64 reset = new(Row(gates, row)[unit]);
                double d = Row(gradient, row)[unit];
                Row(dh, row)[unit] += d * reset.Value;
                Row(gates, row)[unit] = d * Row(h, row)[unit] * TCell.ResetSlope(cell, reset).Value;
            }
        }
    }

    /// <inheritdoc/>
    public override void ShowCell<TCell>(in TCell cell, View gates, View normalized, View h)
    {
        for (int row = 0; row < h.Rows; row++)
        {
            for (int unit = 0; unit < h.Columns; unit++)
            {
                Gates<F64> kept = LoadGates<TCell>(Row(gates, row), unit, h.Columns);
                Row(h, row)[unit] = TCell.Output(cell, kept, new F64(Row(normalized, row)[unit])).Value;
            }
        }
    }

    /// <inheritdoc/>
    public override void ShowCellSlope<TCell>(in TCell cell, View gates, View normalized, View gradient, View dNormalized)
    {
        for (int row = 0; row < gradient.Rows; row++)
        {
            for (int unit = 0; unit < gradient.Columns; unit++)
            {
                Gates<F64> kept = LoadGates<TCell>(Row(gates, row), unit, gradient.Columns);
                F64 d = TCell.OutputSlope(
                    cell, ref kept, new F64(Row(normalized, row)[unit]), new F64(Row(gradient, row)[unit]));
                StoreGates<TCell>(Row(gates, row), unit, gradient.Columns, kept);
                Row(dNormalized, row)[unit] = d.Value;
            }
        }
    }

    /// <inheritdoc/>
    public override void KeepOld(View to, View keep, View old)
    {
        Span<double> values = Reals(to);
        for (int k = 0; k < values.Length; k++)
            values[k] = Reals(keep)[k] * Reals(old)[k] + (1 - Reals(keep)[k]) * values[k];
    }

    /// <inheritdoc/>
    public override void KeepOldSlope(View gradient, View keep, View dOld)
    {
        Span<double> values = Reals(gradient);
        for (int k = 0; k < values.Length; k++)
        {
            Reals(dOld)[k] += Reals(keep)[k] * values[k];
            values[k] *= 1 - Reals(keep)[k];
        }
    }

    // A row of gates holds the first gate of all units, then the second of all units, and so on.
    private static Gates<F64> LoadGates<TCell>(ReadOnlySpan<double> row, int unit, int units)
        where TCell : struct, ICell<TCell>
    {
        Gates<F64> gates = default;
        gates.A = new(row[unit]);
        if (CellSizes<TCell>.Gates > 1)
            gates.B = new(row[units + unit]);
        if (CellSizes<TCell>.Gates > 2)
            gates.C = new(row[2 * units + unit]);
        if (CellSizes<TCell>.Gates > 3)
            gates.D = new(row[3 * units + unit]);
        return gates;
    }

    private static void StoreGates<TCell>(Span<double> row, int unit, int units, in Gates<F64> gates)
        where TCell : struct, ICell<TCell>
    {
        row[unit] = gates.A.Value;
        if (CellSizes<TCell>.Gates > 1)
            row[units + unit] = gates.B.Value;
        if (CellSizes<TCell>.Gates > 2)
            row[2 * units + unit] = gates.C.Value;
        if (CellSizes<TCell>.Gates > 3)
            row[3 * units + unit] = gates.D.Value;
    }

    private static States<F64> LoadStates((View H, View C) states, int row, int unit)
    {
        States<F64> loaded;
        loaded.H = states.H.Exists ? new(Row(states.H, row)[unit]) : default;
        loaded.C = states.C.Exists ? new(Row(states.C, row)[unit]) : default;
        return loaded;
    }

    private static UnitWeights<F64> LoadWeights(View weights, int unit)
    {
        UnitWeights<F64> loaded = default;
        if (!weights.Exists)
            return loaded;
        loaded.A = new(Row(weights, 0)[unit]);
        if (weights.Rows > 1)
            loaded.B = new(Row(weights, 1)[unit]);
        if (weights.Rows > 2)
            loaded.C = new(Row(weights, 2)[unit]);
        return loaded;
    }

    private static void AddTo(View gradient, int row, int unit, F64 value)
    {
        if (gradient.Exists && row < gradient.Rows)
            Row(gradient, row)[unit] += value.Value;
    }
}
