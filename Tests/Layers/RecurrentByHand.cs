using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>The cells of recurrent layers.</summary>
public enum HandCell
{
    Lstm,
    CoupledLstm,
    Gru,
    GruResetBefore,
    SimpleRnn,
}

/// <summary>
/// Recurrent layers with every option in elementary operations, one step after the other: slower and longer than the fused layer, and written from
/// the formulas, not from its code.
/// </summary>
/// <param name="cell">The cell.</param>
/// <param name="options">The options, for activations and the bound of the cell state.</param>
/// <param name="weight">[R H, P]: U.</param>
/// <param name="operands">All else; shares that stay are [T, B, …], not packed.</param>
/// <param name="mask">Which steps count; null: all.</param>
internal sealed class RecurrentByHand(
    HandCell cell, RecurrentOption options, Tensor weight, RecurrentOperands operands, SequenceMask? mask)
{
    private const double Bound = 0.37;

    private readonly Tape _tape = Tape.Of(weight);

    private int Units => weight.Shape[0] / StateColumns;

    private int StateColumns => cell switch
    {
        HandCell.Lstm => 4,
        HandCell.SimpleRnn => 1,
        _ => 3,
    };

    private bool HasCell => cell is HandCell.Lstm or HandCell.CoupledLstm;

    /// <summary>Runs over the sums of the input product, [T, B, columns].</summary>
    /// <returns>All hidden states, the last one and, if there are cell states, the last and all of those.</returns>
    public Tensor[] Run(Tensor sums)
    {
        (int steps, int batch) = (sums.Shape[0], sums.Shape[1]);
        Tensor h = operands.InitialHidden ?? _tape.Filled([batch, weight.Shape[1]], 0);
        Tensor? c = HasCell ? operands.InitialCell ?? _tape.Filled([batch, Units], 0) : null;
        var hidden = new Tensor[steps];
        var cells = new Tensor[steps];
        for (int k = 0; k < steps; k++)
        {
            int t = operands.Reversed ? steps - 1 - k : k;
            (Tensor newH, Tensor? newC) = Step(sums.At(t), h, c);
            newH = Zoneout(operands.HiddenKeep?.At(t), h, newH);
            if (c is not null && newC is not null)
                c = Counted(t, Zoneout(operands.CellKeep?.At(t), c, newC), c);
            h = Counted(t, newH, h);
            hidden[t] = h.Reshape([1, batch, h.Shape[1]]);
            if (c is not null)
                cells[t] = c.Reshape([1, batch, Units]);
        }

        return c is null
            ? [Tensor.Concatenate(0, hidden), h]
            : [Tensor.Concatenate(0, hidden), h, c, Tensor.Concatenate(0, cells)];
    }

    private (Tensor Hidden, Tensor? Cell) Step(Tensor x, Tensor h, Tensor? c)
    {
        Tensor operand = operands.Factors is null ? h : h * operands.Factors;
        switch (cell)
        {
            case HandCell.SimpleRnn:
                return (Candidate(x + StateSums(operand, 0, 1)), null);
            case HandCell.Gru:
                return (GruStep(x, h, operand), null);
            case HandCell.GruResetBefore:
                return (GruResetBeforeStep(x, h, operand), null);
            default:
                return LstmStep(x + StateSums(operand, 0, StateColumns), c!);
        }
    }

    private (Tensor Hidden, Tensor Cell) LstmStep(Tensor z, Tensor c)
    {
        int last = StateColumns - 1;
        Tensor i = Gate(WithPeephole(Column(z, 0), 0, c));
        Tensor g = Candidate(Column(z, last - 1));
        Tensor f = cell == HandCell.Lstm ? Gate(WithPeephole(Column(z, 1), 1, c)) : _tape.Filled(i.Shape, 1) - i;
        Tensor newC = Limited(f * c + i * g);
        Tensor o = Gate(WithPeephole(Column(z, last), 2, newC));
        Tensor shown = operands is { CellGain: { } gain, CellShift: { } shift }
            ? newC.LayerNormalization(gain, shift, operands.Epsilon)
            : newC;
        Tensor put = o * (Has(RecurrentOption.OtherActivations) ? shown.Softplus() : shown.Tanh());
        return (operands.Projection is null ? put : put.Linear(operands.Projection), newC);
    }

    private Tensor GruStep(Tensor x, Tensor h, Tensor operand)
    {
        Tensor s = StateSums(operand, 0, 3);
        Tensor r = Gate(Column(x, 0) + Column(s, 0));
        Tensor z = Gate(Column(x, 1) + Column(s, 1));
        Tensor ofState = operands.StateBias is null ? Column(s, 2) : Column(s, 2) + operands.StateBias;
        Tensor n = Candidate(Column(x, 2) + r * ofState);
        return (_tape.Filled(z.Shape, 1) - z) * n + z * h;
    }

    private Tensor GruResetBeforeStep(Tensor x, Tensor h, Tensor operand)
    {
        Tensor s = StateSums(operand, 0, 2);
        Tensor r = Gate(Column(x, 0) + Column(s, 0));
        Tensor z = Gate(Column(x, 1) + Column(s, 1));
        Tensor n = Candidate(Column(x, 2) + StateSums(r * operand, 2, 1));
        return (_tape.Filled(z.Shape, 1) - z) * n + z * h;
    }

    // Some columns of U h, which are normalised together.
    private Tensor StateSums(Tensor operand, int first, int count)
    {
        Tensor s = operand.Linear(weight.Slice(first * Units, count * Units));
        return operands.RecurrentGain is { } gain
            ? s.LayerNormalization(gain.Slice(first * Units, count * Units), _tape.Filled([count * Units], 0), operands.Epsilon)
            : s;
    }

    private Tensor WithPeephole(Tensor z, int which, Tensor c) => operands.UnitWeights is { } own ? z + c * own.At(which) : z;

    // max(min(c, bound), -bound), by relu: min(c, m) = c - max(c - m, 0).
    private Tensor Limited(Tensor c)
    {
        if (!Has(RecurrentOption.Clip))
            return c;
        Tensor bound = _tape.Filled([1], Bound);
        Tensor most = c - (c - bound).Relu();
        return most + (-1 * most - bound).Relu();
    }

    private static Tensor Zoneout(Tensor? keep, Tensor before, Tensor after) => keep is null
        ? after
        : keep * before + (Tape.Of(before).Filled(keep.Shape, 1) - keep) * after;

    private Tensor Counted(int step, Tensor after, Tensor before)
    {
        if (mask is null)
            return after;
        int[] flags = [.. Enumerable.Range(0, mask.Batch).Select(row => mask[step, row] ? 1 : 0)];
        return _tape.Indices([mask.Batch], flags).Select(after, before);
    }

    private Tensor Column(Tensor z, int column) => z.SliceAxis(1, column * Units, Units);

    private Tensor Gate(Tensor z) => Has(RecurrentOption.OtherActivations) ? z.Tanh() : z.Sigmoid();

    private Tensor Candidate(Tensor z) => Has(RecurrentOption.OtherActivations) ? z.Sigmoid() : z.Tanh();

    private bool Has(RecurrentOption option) => options.HasFlag(option);
}
