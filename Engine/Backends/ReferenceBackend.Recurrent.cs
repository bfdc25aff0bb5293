namespace MiniLstm.Engine;

/// <content>One time step of a recurrent layer. The schedule over time is the one that <see cref="Backend"/> gives to all.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Step<TCell>(View gates, View h, View c, View hAfter, View cAfter)
    {
        for (int b = 0; b < h.Rows; b++)
        {
            for (int unit = 0; unit < h.Columns; unit++)
            {
                Gates<F64> z = LoadGates<TCell>(Row(gates, b), unit, h.Columns);
                States<F64> states = LoadStates(h, c, b, unit);

                TCell.Step(ref z, ref states);

                if (TCell.KeepsActivations)
                    StoreGates<TCell>(Row(gates, b), unit, h.Columns, z);
                Row(hAfter, b)[unit] = states.H.Value;
                Row(cAfter, b)[unit] = states.C.Value;
            }
        }
    }

    /// <inheritdoc/>
    public override void StepSlope<TCell>(
        View gates, (View H, View C) before, (View H, View C) after, (View H, View C) gradient, (View H, View C) gradientBefore)
    {
        int units = before.H.Columns;
        for (int b = 0; b < before.H.Rows; b++)
        {
            for (int unit = 0; unit < units; unit++)
            {
                Gates<F64> kept = LoadGates<TCell>(Row(gates, b), unit, units);
                States<F64> statesBefore = LoadStates(before.H, before.C, b, unit);
                States<F64> statesAfter = LoadStates(after.H, after.C, b, unit);
                States<F64> slope = LoadStates(gradient.H, gradient.C, b, unit);

                TCell.Slope(ref kept, statesBefore, statesAfter, ref slope);

                StoreGates<TCell>(Row(gates, b), unit, units, kept);
                Row(gradientBefore.H, b)[unit] += slope.H.Value;
                Row(gradientBefore.C, b)[unit] += slope.C.Value;
            }
        }
    }

    // A row of gates holds the first gate of all units, then the second of all units, and so on.
    private static Gates<F64> LoadGates<TCell>(ReadOnlySpan<double> row, int unit, int units)
        where TCell : struct, ICell<TCell>
    {
        Gates<F64> gates = default;
        gates.A = new(row[unit]);
        if (TCell.GateCount > 1)
            gates.B = new(row[units + unit]);
        if (TCell.GateCount > 2)
            gates.C = new(row[2 * units + unit]);
        if (TCell.GateCount > 3)
            gates.D = new(row[3 * units + unit]);
        return gates;
    }

    private static void StoreGates<TCell>(Span<double> row, int unit, int units, in Gates<F64> gates)
        where TCell : struct, ICell<TCell>
    {
        row[unit] = gates.A.Value;
        if (TCell.GateCount > 1)
            row[units + unit] = gates.B.Value;
        if (TCell.GateCount > 2)
            row[2 * units + unit] = gates.C.Value;
        if (TCell.GateCount > 3)
            row[3 * units + unit] = gates.D.Value;
    }

    private static States<F64> LoadStates(View h, View c, int row, int unit)
    {
        States<F64> states;
        states.H = new(Row(h, row)[unit]);
        states.C = new(Row(c, row)[unit]);
        return states;
    }
}
