namespace MiniLstm.Engine.Operations;

/// <summary>What a recurrent layer over all time steps gives. The tensors are views of the two trajectories: no copies.</summary>
/// <param name="Hidden">[T, B, P]: the hidden state after each step, which is what the layer puts out. A step that does not count repeats the
/// kept state.</param>
/// <param name="LastHidden">[B, P]: the hidden state after the last step; reversed, after step 0.</param>
/// <param name="LastCell">[B, H]: the cell state after the last step; null for cells of one state.</param>
/// <param name="Cells">[T, B, H]: the cell state after each step; null for cells of one state.</param>
/// <param name="Gates">[T, B, G H], or packed: what the cell left in the gates, of the LSTM i, f, g and o; readable until backward overwrites
/// it.</param>
public sealed record RecurrentResult(Tensor Hidden, Tensor LastHidden, Tensor? LastCell, Tensor? Cells, Tensor Gates);

/// <summary>A recurrent layer over all time steps as one operation, generic over the cell: h[t + 1], c[t + 1] = cell(x̂[t] + U h[t], h[t],
/// c[t]).</summary>
/// <remarks>
/// <para>It takes the sums x̂ of the input product, which an ordinary <see cref="Linear"/> made for all steps at once. Where it may, it takes their
/// memory over for the gates, and gives it back as their gradient.</para>
/// <para>What every option computes is written down once, in <see cref="StepwiseRecurrence{TCell}"/>.</para>
/// <para>Memory kept for backward: T B (G + 2) H values, G gate columns a unit (4 of the LSTM); with a projection H more for each row, with
/// normalised sums G H, with a normalised cell state 2 H.</para>
/// </remarks>
/// <typeparam name="TCell">The cell.</typeparam>
/// <param name="cell">The cell.</param>
/// <param name="sums">[T, B, columns] or [N, columns], the columns that the input feeds: W x + b; or a table of them, see
/// <see cref="RecurrentOperands.Tokens"/>.</param>
/// <param name="weight">[R H, P]: U, the columns that the state feeds.</param>
/// <param name="operands">All else.</param>
public sealed partial class Recurrent<TCell>(TCell cell, Tensor sums, Tensor weight, RecurrentOperands operands)
    : Operation(operands.Differentiated(sums, weight))
    where TCell : struct, ICell<TCell>
{
    private RecurrentViews _views;
    private bool _tookSums;

    /// <inheritdoc/>
    public override string Name => TCell.Name;

    /// <inheritdoc/>
    public override bool ReadsOutputs => true;

    /// <summary>[T, B, G H] or [N, G H]: what the cell left in the gates.</summary>
    internal View Gates => _views.Gates;

    // [T, B, columns] or [N, columns]: the sums that steps begin with, once they are gathered.
    private Shape SumsOfSteps => operands.Tokens is { } tokens ? [.. tokens.Shape, sums.Shape.Columns] : sums.Shape;

    private int Units => weight.Shape[0] / CellSizes<TCell>.Recurrent;

    private int SharedColumns => TCell.SharedGates * Units;

    private int StateColumns => TCell.StateGates * Units;

    private static bool HasCell => CellSizes<TCell>.HasCell;

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        Backend backend = tape.Backend;
        View gates = TakeGates(tape);
        View h = Output(0);
        View c = HasCell ? Output(1) : default;
        Shape rows = gates.Shape.With(gates.Shape.Rank - 1, Units);
        bool normalizes = operands.RecurrentGain is not null;
        bool normalizesCell = operands.CellGain is not null;
        int count = checked((int)gates.Rows);
        _views = new()
        {
            Gates = gates,
            Table = operands.Tokens is null ? default : sums.View,
            Tokens = operands.Tokens?.View ?? default,
            Weight = weight.View,
            H = h,
            C = c,
            Units = Units,
            Reversed = operands.Reversed,
            Rows = operands.Rows,
            UnitWeights = ViewOf(operands.UnitWeights),
            Factors = ViewOf(operands.Factors),
            HiddenKeep = ViewOf(operands.HiddenKeep),
            CellKeep = ViewOf(operands.CellKeep),
            Projection = ViewOf(operands.Projection),
            Unprojected = RentIf(operands.Projection is not null, rows, "before its projection"),
            RecurrentGain = ViewOf(operands.RecurrentGain),
            Normalized = RentIf(normalizes, rows.With(rows.Rank - 1, weight.Shape[0]), "normalized recurrent sums"),
            NormalizedScales = RentIf(normalizes, [2, count], "inverse deviations"),
            CellGain = ViewOf(operands.CellGain),
            CellShift = ViewOf(operands.CellShift),
            NormalizedCells = RentIf(normalizesCell, rows, "normalized cell state"),
            ShownCells = RentIf(normalizesCell, rows, "shown cell state"),
            CellScales = RentIf(normalizesCell, [count], "inverse deviations"),
            Epsilon = operands.Epsilon,
        };

        int initial = operands.Reversed ? _views.Time : 0;
        SetInitial(backend, h[initial], operands.InitialHidden);
        if (HasCell)
            SetInitial(backend, c[initial], operands.InitialCell);
        backend.Recur(cell, _views);
        if (operands.Rows is { } packed)
        {
            KeptStates.Repeat(backend, packed, h);
            if (HasCell)
                KeptStates.Repeat(backend, packed, c);
        }

        View RentIf(bool needed, Shape shape, string purpose) => needed ? tape.Rent(shape, $"{Name} {purpose}") : default;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The gradients dh and dc of both trajectories are the buffers in which the walk back through time accumulates: what reaches h[t] from
    /// outside (the layer above, the loss) is there already, and the step adds what comes from h[t + 1]. The initial slot ends as the gradient of the
    /// initial state. The gates turn into the gradients dx̂ of the sums.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        bool destroys = tape.MayDestroy;
        View outerH = tape.GradientOf(Outputs[0]);
        View outerC = HasCell ? tape.GradientOf(Outputs[1]) : default;

        using Scratch ownH = Own(backend, Outputs[0].Shape, outerH, destroys, "gradient of hidden states");

        // Where nothing reaches the cell states from outside, one slot is enough for their gradient.
        bool carriesCell = HasCell && !outerC.Exists && operands.CellKeep is null;
        Shape shapeC = carriesCell ? Outputs[1].Shape.With(0, 1) : HasCell ? Outputs[1].Shape : default;
        using Scratch ownC = HasCell ? Own(backend, shapeC, outerC, destroys, "gradient of cell states") : default;
        var gradients = new RecurrentGradients
        {
            H = ownH.View.Exists ? ownH.View : outerH,
            C = ownC.View.Exists ? ownC.View : outerC,
            Weight = ZeroedTarget(tape, weight),
            UnitWeights = ZeroedTarget(tape, operands.UnitWeights),
            Projection = ZeroedTarget(tape, operands.Projection),
            RecurrentGain = ZeroedTarget(tape, operands.RecurrentGain),
            CellGain = ZeroedTarget(tape, operands.CellGain),
            CellShift = ZeroedTarget(tape, operands.CellShift),
        };

        // Gradients that come from outside; the others are 0.
        if (operands.Rows is { } rows)
        {
            if (outerH.Exists)
                KeptStates.Collect(backend, rows, gradients.H);
            if (outerC.Exists)
                KeptStates.Collect(backend, rows, gradients.C);
        }

        // On tapes that keep everything the gates stay readable: their gradients go to a copy.
        using Scratch gates = destroys ? default : CopyOf(backend, _views.Gates, "gradient of gates");
        using Scratch normalized = destroys || !_views.Normalized.Exists
            ? default
            : CopyOf(backend, _views.Normalized, "gradient of recurrent sums");
        RecurrentViews views = destroys ? _views : _views with { Gates = gates.View, Normalized = normalized.View };
        if (operands.Rows is { Steps: 0 })
            backend.Fill(views.Gates, 0);
        backend.RecurSlope(cell, views, gradients);

        PassToSums(tape, views.Gates);
        PassToStateBias(tape, views.Gates);
        int initial = operands.Reversed ? views.Time : 0;
        Pass(tape, operands.InitialHidden, gradients.H[initial]);
        if (HasCell)
            Pass(tape, operands.InitialCell, gradients.C[carriesCell ? 0 : initial]);
    }

    // The gates in memory of their own, or in that of the sums. Columns that the state alone feeds begin with their bias.
    private View TakeGates(Tape tape)
    {
        Backend backend = tape.Backend;
        _tookSums = false;
        if (operands.Tokens is not null)
            return tape.Rent(SumsOfSteps, $"{Name} gates");
        if (StateColumns == 0 && tape.TryTakeOver(sums, this, out View gates))
        {
            _tookSums = true;
            return gates;
        }

        gates = tape.Rent(sums.Shape.With(sums.Shape.Rank - 1, sums.Shape.Columns + StateColumns), $"{Name} gates");
        if (StateColumns == 0)
        {
            backend.Copy(gates, sums.View);
            return gates;
        }

        backend.CopyColumns(gates, 0, sums.View, 0, SharedColumns, add: false);
        backend.CopyColumns(
            gates, SharedColumns + StateColumns, sums.View, SharedColumns, sums.Shape.Columns - SharedColumns, add: false);
        using Scratch bias = backend.Pool.Scratch([checked((int)gates.Rows), StateColumns], "bias of the state");
        if (operands.StateBias is null)
            backend.Fill(bias.View, 0);
        else
            backend.Spread(bias.View, operands.StateBias.View, Axis.Rows(bias.View.Shape), 1, add: false);
        backend.CopyColumns(gates, SharedColumns, bias.View, 0, StateColumns, add: false);
        return gates;
    }

    private void PassToSums(Tape tape, View gates)
    {
        if (_tookSums)
        {
            tape.GiveGradient(sums, gates);
            return;
        }

        GradientTarget target = operands.Tokens is null ? tape.GradientInto(sums) : new(ZeroedTarget(tape, sums), Add: true);
        if (!target.IsWanted)
            return;
        if (operands.Tokens is { } tokens)
        {
            tape.Backend.ScatterAdd(target.View, tokens, gates, skippedId: -1);
            return;
        }

        tape.Backend.CopyColumns(target.View, 0, gates, 0, SharedColumns, target.Add);
        if (sums.Shape.Columns > SharedColumns)
            tape.Backend.CopyColumns(
                target.View, SharedColumns, gates, SharedColumns + StateColumns, sums.Shape.Columns - SharedColumns, target.Add);
    }

    private void PassToStateBias(Tape tape, View gates)
    {
        GradientTarget target = tape.GradientInto(operands.StateBias);
        if (!target.IsWanted)
            return;
        Backend backend = tape.Backend;
        using Scratch columns = backend.Pool.Scratch([checked((int)gates.Rows), StateColumns], "gradient of the state's sums");
        backend.CopyColumns(columns.View, 0, gates, SharedColumns, StateColumns, add: false);
        backend.Sum(target.View, columns.View, Axis.Rows(columns.View.Shape), 1, target.Add);
    }

    private static View ViewOf(Tensor? tensor) => tensor?.View ?? default;

    private static void SetInitial(Backend backend, View slot, Tensor? state)
    {
        if (state is null)
            backend.Fill(slot, 0);
        else
            backend.Copy(slot, state.View);
    }

    // Memory for the walk, unless the outer gradient may serve: zeros, or a copy of the outer gradient.
    private static Scratch Own(Backend backend, Shape shape, View outer, bool destroys, string purpose)
    {
        if (outer.Exists && destroys)
            return default;
        if (outer.Exists)
            return CopyOf(backend, outer, purpose);
        Scratch own = backend.Pool.Scratch(shape, purpose);
        backend.Fill(own.View, 0);
        return own;
    }

    private static Scratch CopyOf(Backend backend, View view, string purpose)
    {
        Scratch copy = backend.Pool.Scratch(view.Shape, purpose);
        backend.Copy(copy.View, view);
        return copy;
    }

    // The backend adds to gradients of weights, step by step.
    private static View ZeroedTarget(Tape tape, Tensor? input)
    {
        GradientTarget target = tape.GradientInto(input);
        if (target is { IsWanted: true, Add: false })
            tape.Backend.Fill(target.View, 0);
        return target.View;
    }

    private static void Pass(Tape tape, Tensor? input, View gradient)
    {
        GradientTarget target = tape.GradientInto(input);
        if (target.IsWanted)
            tape.Backend.Scale(target.View, 1, gradient, target.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor sums)
    {
        /// <summary>Runs a recurrent layer over all time steps, given the sums of its input product.</summary>
        /// <typeparam name="TCell">The cell.</typeparam>
        /// <param name="cell">The cell.</param>
        /// <param name="weight">[R H, P]: the recurrent weight U.</param>
        /// <param name="operands">All else, such as initial states; absent: nothing.</param>
        /// <returns>All hidden states, the last states, and the gates.</returns>
        /// <exception cref="ShapeException">The operands do not fit.</exception>
        public RecurrentResult Recur<TCell>(TCell cell, Tensor weight, RecurrentOperands? operands = null)
            where TCell : struct, ICell<TCell>
        {
            operands ??= RecurrentOperands.None;
            var operation = new Recurrent<TCell>(cell, sums, weight, operands);
            Tape tape = Tape.Of(sums, operands.InitialHidden, operands.InitialCell);
            Tensor hidden = tape.Run(operation);
            Tensor? cells = operation.Outputs.Count > 1 ? operation.Outputs[1] : null;
            int steps = hidden.Shape[0] - 1;
            int first = operands.Reversed ? 0 : 1;
            int last = operands.Reversed ? 0 : steps;
            return new(
                hidden.Slice(first, steps),
                hidden.At(last),
                cells?.At(last),
                cells?.Slice(first, steps),
                tape.Constant(operation.Gates));
        }
    }
}
