namespace MiniLstm.Engine.Operations;

/// <content>What operands fit.</content>
public sealed partial class Recurrent<TCell>
{
    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        if (TCell.SharedGates < 1 || TCell.StateGates < 0 || TCell.InputGates < 0 || CellSizes<TCell>.Gates > 4)
            throw Wrong($"a cell has 1 to 4 gate columns a unit, at least one of them shared, not {CellSizes<TCell>.Gates}");
        if (TCell.StateCount is < 1 or > 2 || TCell.WeightCount is < 0 or > 3)
            throw Wrong($"a cell has 1 or 2 states and 0 to 3 weights a unit, not {TCell.StateCount} and {TCell.WeightCount}");
        if (TCell.ResetsBefore && (TCell.SharedGates < 2 || TCell.StateGates > 0 || operands.Projection is not null))
            throw Wrong("a cell that resets before the product has two shared gate columns or more, none of the state alone, and no projection");
        if (LacksSlope())
            throw Wrong("a cell that keeps activations, or resets before the product, needs a Slope of its own");
        int recurrent = CellSizes<TCell>.Recurrent;
        if (weight.Shape.Rank != 2 || weight.Shape[0] % recurrent != 0)
            throw Wrong($"the recurrent weight must be [{recurrent} H, hidden features] for H units");

        int units = Units;
        int features = weight.Shape[1];
        int columns = CellSizes<TCell>.Input * units;
        int rank = operands.Rows is null ? 3 : 2;
        CheckTokens(columns);
        Shape perStep = SumsOfSteps;
        if (perStep.Rank != rank || perStep.Columns != columns)
            throw Wrong($"{units} units take sums [{(rank == 3 ? "time, batch" : "rows")}, {columns}]");
        if (operands.Rows is { } rows && (perStep[0] != rows.Count || rows.IsReversed != operands.Reversed))
            throw Wrong($"packed rows are {rows.Count}{(rows.IsReversed ? ", reversed" : "")}");

        CheckProjection(units, features);
        int time = operands.Rows?.Mask.Steps ?? perStep[0];
        int batch = operands.Rows?.Mask.Batch ?? perStep[1];
        Expect(operands.InitialHidden, [batch, features], "initial hidden state");
        Expect(operands.InitialCell, [batch, units], "initial cell state");
        if (operands.InitialCell is not null && !HasCell)
            throw Wrong("the cell has one state");
        Expect(operands.StateBias, [Math.Max(1, StateColumns)], "bias of the state");
        Expect(operands.UnitWeights, [Math.Max(1, TCell.WeightCount), units], "units' own weights");
        if (operands.StateBias is not null && StateColumns == 0 || operands.UnitWeights is not null && TCell.WeightCount == 0)
            throw Wrong("the cell has no bias of the state or no weights of the units' own");

        Shape perRow = perStep.With(rank - 1, units);
        Expect(operands.Factors, [batch, features], "factors of the hidden state");
        Expect(operands.HiddenKeep, perRow.With(rank - 1, features), "shares of the hidden state that stay");
        Expect(operands.CellKeep, perRow, "shares of the cell state that stay");
        if (operands.CellKeep is not null && !HasCell)
            throw Wrong("the cell has no cell state to keep");
        Expect(operands.RecurrentGain, [weight.Shape[0]], "gain of the recurrent sums");
        Expect(operands.CellGain, [units], "gain of the cell state");
        Expect(operands.CellShift, [units], "shift of the cell state");
        if (operands.CellGain is null != operands.CellShift is null)
            throw Wrong("gain and shift of the cell state go together");
        if (operands.CellGain is not null != TCell.NormalizesCell(cell))
            throw Wrong("a gain of the cell state is for cells that say that it is normalised, and only for these");

        Shape hidden = [checked(time + 1), batch, features];
        return HasCell ? [hidden, hidden.With(2, units)] : [hidden];
    }

    private void CheckTokens(int columns)
    {
        if (operands.Tokens is not { } tokens)
            return;
        if (StateColumns > 0)
            throw Wrong("a table of sums is for cells without columns that the state alone feeds");
        if (sums.Shape.Rank != 2 || tokens.Shape.Rank is 0 or > 2)
            throw Wrong($"tokens {tokens.Shape}, expected [time, batch] or [rows], and a table of sums [ids, {columns}]");
        if (tokens.Minimum < 0 || tokens.Maximum >= sums.Shape[0])
            throw new ArgumentOutOfRangeException(
                null, $"{Name}: tokens {tokens.Minimum} to {tokens.Maximum}, expected 0 to {sums.Shape[0] - 1}, the rows of the table {sums.Shape}");
    }

    private void CheckProjection(int units, int features)
    {
        if (operands.Projection is null && features != units)
            throw Wrong($"{units} units without a projection take a recurrent weight [{weight.Shape[0]}, {units}]");
        Expect(operands.Projection, [features, units], "projection");
        if (operands.Projection is not null && !HasCell)
            throw Wrong("only cells with a cell state can be projected: others carry on what they put out");
    }

    private void Expect(Tensor? operand, Shape shape, string what)
    {
        if (operand is not null && operand.Shape != shape)
            throw Wrong($"{what}: {operand.Shape}, expected {shape}");
    }

    // By what the default gives where it cannot work.
    private bool LacksSlope()
    {
        Gates<F64> gates = default;
        States<F64> gradient = default;
        UnitWeights<F64> weightGradient = default;
        TCell.Slope(cell, ref gates, default(States<F64>), default(UnitWeights<F64>), ref gradient, ref weightGradient);
        return double.IsNaN(gradient.H.Value);
    }
}
