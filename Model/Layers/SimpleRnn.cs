using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>Simple recurrent layers over all time steps (Elman, 1990), h' = f(W x + U h + b): [time, batch, features] becomes
/// [time, batch, units], or [batch, units].</summary>
public sealed class SimpleRnn : RecurrentLayer
{
    /// <summary>Makes the layers.</summary>
    /// <param name="units">Length of the state and of the output, at least 1.</param>
    /// <param name="layers">How many, one above the other, at least 1.</param>
    /// <param name="dropout">The probability of <see cref="RecurrentLayer.Dropout"/> between the layers.</param>
    /// <param name="returnSequences">Whether the output of every time step flows out, or that of the last one.</param>
    /// <param name="bias">Whether there are biases.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or beyond reason, or a number outside its range.</exception>
    public SimpleRnn(int units, int layers = 1, double dropout = 0, bool returnSequences = false, bool bias = true)
        : base(units, layers, dropout, returnSequences, bias)
    {
    }

    /// <summary>Makes the layers.</summary>
    /// <param name="options">What all kinds of recurrent layers have in common.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or beyond reason, or a number outside its
    /// range.</exception>
    public SimpleRnn(RecurrentOptions options)
        : base(options)
    {
    }

    /// <inheritdoc/>
    public override string Kind => SimpleRnnConfig.Kind;

    /// <summary>f.</summary>
    public CellActivation Activation { get; init; } = CellActivation.Tanh;

    internal override CellGates Gates => new(1, 0, 0, HasCell: false);

    internal override LayerConfig ToConfig() => SimpleRnnConfig.Of(this);

    private protected override RecurrentResult Recur(Tensor sums, Tensor weight, RecurrentOperands operands) =>
        sums.Recur(new SimpleRnnCell(Activation), weight, operands);
}
