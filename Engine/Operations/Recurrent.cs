namespace MiniLstm.Engine.Operations;

/// <summary>What a recurrent layer over all time steps gives. The tensors are views of the two trajectories: no copies.</summary>
/// <param name="Hidden">[T, B, H]: the hidden state after each step, which is what the layer puts out.</param>
/// <param name="LastHidden">[B, H]: the hidden state after the last step.</param>
/// <param name="LastCell">[B, H]: the cell state after the last step.</param>
/// <param name="Cells">[T, B, H]: the cell state after each step.</param>
/// <param name="Gates">[T, B, G H]: what the cell left in the gates, of the LSTM i, f, g and o; readable until backward overwrites it.</param>
public sealed record RecurrentResult(Tensor Hidden, Tensor LastHidden, Tensor LastCell, Tensor Cells, Tensor Gates);

/// <summary>A recurrent layer over all time steps as one operation, generic over the cell: h[t + 1], c[t + 1] = cell(x̂[t] + U h[t], h[t], c[t]).</summary>
/// <remarks>
/// <para>It takes the sums x̂ of the input product, which an ordinary <see cref="Linear"/> made for all steps at once. Where it may, it takes their
/// memory over for the gates, and gives it back as their gradient.</para>
/// <para>Memory kept for backward: T B (G + 2) H values, G gate columns a unit (4 of the LSTM).</para>
/// </remarks>
/// <typeparam name="TCell">The cell.</typeparam>
/// <param name="sums">[T, B, G H]: W x + b.</param>
/// <param name="weight">[G H, H]: U.</param>
/// <param name="initialHidden">[B, H], or absent: zeros.</param>
/// <param name="initialCell">[B, H], or absent: zeros.</param>
public sealed class Recurrent<TCell>(Tensor sums, Tensor weight, Tensor? initialHidden, Tensor? initialCell)
    : Operation(sums, weight, initialHidden, initialCell)
    where TCell : struct, ICell<TCell>
{
    private RecurrentViews _views;
    private bool _tookSums;

    /// <inheritdoc/>
    public override string Name => TCell.Name;

    /// <inheritdoc/>
    public override bool ReadsOutputs => true;

    /// <summary>[T, B, G H]: what the cell left in the gates.</summary>
    internal View Gates => _views.Gates;

    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        if (TCell.GateCount is < 1 or > 4)
            throw Wrong($"a cell has 1 to 4 gate columns a unit, not {TCell.GateCount}");
        int units = weight.Shape.Rank == 2 ? weight.Shape[1] : 0;
        int columns = TCell.GateCount * units;
        if (units == 0 || weight.Shape[0] != columns)
            throw Wrong($"the recurrent weight must be [{TCell.GateCount} H, H] for H units");
        if (sums.Shape.Rank != 3 || sums.Shape[2] != columns)
            throw Wrong($"{units} units take sums [time, batch, {columns}]");

        Shape state = [sums.Shape[1], units];
        if (initialHidden is not null && initialHidden.Shape != state || initialCell is not null && initialCell.Shape != state)
            throw Wrong($"initial states must be {state}");

        Shape trajectory = [sums.Shape[0] + 1, sums.Shape[1], units];
        return [trajectory, trajectory];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        Backend backend = tape.Backend;
        _tookSums = tape.TryTakeOver(sums, this, out View gates);
        if (!_tookSums)
        {
            gates = tape.Rent(sums.Shape, $"{Name} gates");
            backend.Copy(gates, sums.View);
        }

        _views = new() { Gates = gates, Weight = weight.View, H = Output(0), C = Output(1) };
        SetInitial(backend, _views.H[0], initialHidden);
        SetInitial(backend, _views.C[0], initialCell);
        backend.Recur<TCell>(_views);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The gradients dh and dc of both trajectories are the buffers in which the walk back through time accumulates: what reaches h[t] from
    /// outside (the layer above, the loss) is there already, and the step adds what comes from h[t + 1]. Slot 0 ends as the gradient of the
    /// initial state. The gates turn into the gradients dx̂ of the sums.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        View outerH = tape.GradientOf(Outputs[0]);
        View outerC = tape.GradientOf(Outputs[1]);
        bool destroys = tape.MayDestroy;
        Shape trajectory = Outputs[0].Shape;

        using Scratch ownH = Own(backend, trajectory, outerH, destroys, "gradient of hidden states");
        using Scratch ownC = Own(backend, trajectory, outerC, destroys, "gradient of cell states");
        View dH = ownH.View.Exists ? ownH.View : outerH;
        View dC = ownC.View.Exists ? ownC.View : outerC;

        // On tapes that keep everything the gates stay readable: their gradients go to a copy.
        using Scratch copy = destroys ? default : backend.Pool.Scratch(_views.Gates.Shape, "gradient of gates");
        RecurrentViews views = _views;
        if (!destroys)
        {
            backend.Copy(copy.View, _views.Gates);
            views = new() { Gates = copy.View, Weight = _views.Weight, H = _views.H, C = _views.C };
        }

        GradientTarget dWeight = tape.GradientInto(weight);
        if (dWeight is { IsWanted: true, Add: false })
            backend.Fill(dWeight.View, 0);
        backend.RecurSlope<TCell>(views, dH, dC, dWeight.View);

        if (_tookSums)
            tape.GiveGradient(sums, views.Gates);
        else
            Pass(tape, sums, views.Gates);
        Pass(tape, initialHidden, dH[0]);
        Pass(tape, initialCell, dC[0]);
    }

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
        Scratch own = backend.Pool.Scratch(shape, purpose);
        if (outer.Exists)
            backend.Copy(own.View, outer);
        else
            backend.Fill(own.View, 0);
        return own;
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
        /// <param name="weight">[G H, H]: the recurrent weight U.</param>
        /// <param name="initialHidden">[B, H], or absent: zeros.</param>
        /// <param name="initialCell">[B, H], or absent: zeros.</param>
        /// <returns>All hidden states, the last states, and the gates.</returns>
        /// <exception cref="ShapeException">The operands do not fit.</exception>
        public RecurrentResult Recur<TCell>(Tensor weight, Tensor? initialHidden = null, Tensor? initialCell = null)
            where TCell : struct, ICell<TCell>
        {
            var operation = new Recurrent<TCell>(sums, weight, initialHidden, initialCell);
            Tape tape = Tape.Of(sums, initialHidden, initialCell);
            Tensor hidden = tape.Run(operation);
            Tensor cell = operation.Outputs[1];
            int steps = sums.Shape[0];
            return new(
                hidden.Slice(1, steps), hidden.At(steps), cell.At(steps), cell.Slice(1, steps), tape.Constant(operation.Gates));
        }
    }
}
