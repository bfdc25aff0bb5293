using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// Recurrent layers of a cell of one's own: a struct with a name, the number of its gate columns, and one method. It runs in the same loop as the
/// built-in ones on every device, with all options that are not an LSTM's alone, and its gradient follows from dual numbers.
/// </summary>
/// <remarks>Models with such a layer cannot be saved as a folder, since files know the built-in types only; their weights can.</remarks>
/// <typeparam name="TCell">The cell.</typeparam>
/// <param name="cell">The cell, with its hyper-parameters.</param>
/// <param name="units">Length of the states and of the output, at least 1.</param>
/// <param name="layers">How many, one above the other, at least 1.</param>
/// <param name="dropout">The probability of <see cref="RecurrentLayer.Dropout"/> between the layers.</param>
/// <param name="returnSequences">Whether the output of every time step flows out, or that of the last one.</param>
/// <param name="bias">Whether there are biases.</param>
/// <exception cref="ArgumentOutOfRangeException">A size is below 1 or beyond reason, or a number outside its range.</exception>
public sealed class Recurrent<TCell>(
    TCell cell, int units, int layers = 1, double dropout = 0, bool returnSequences = false, bool bias = true)
    : RecurrentLayer(units, layers, dropout, returnSequences, bias)
    where TCell : struct, ICell<TCell>
{
    /// <inheritdoc/>
    public override string Kind => "recurrent";

    internal override CellGates Gates =>
        new(TCell.SharedGates, TCell.StateGates, TCell.InputGates, TCell.StateCount > 1);

    internal override int UnitWeightCount => TCell.WeightCount;

    private protected override RecurrentResult Recur(Tensor sums, Tensor weight, RecurrentOperands operands) =>
        sums.Recur(cell, weight, operands);
}
