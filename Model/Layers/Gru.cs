using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// Layers of gated recurrent units over all time steps: [time, batch, features] becomes [time, batch, units], or [batch, units]. The equations stand at
/// <see cref="GruCell"/>. The rows of all weights come in PyTorch's gate order r, z, n.
/// </summary>
public sealed class Gru : RecurrentLayer
{
    /// <summary>Makes the layers.</summary>
    /// <param name="units">Length of the state and of the output, at least 1.</param>
    /// <param name="layers">How many, one above the other, at least 1.</param>
    /// <param name="dropout">The probability of <see cref="RecurrentLayer.Dropout"/> between the layers.</param>
    /// <param name="returnSequences">Whether the output of every time step flows out, or that of the last one.</param>
    /// <param name="bias">Whether there are biases.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or beyond reason, or a number outside its range.</exception>
    public Gru(int units, int layers = 1, double dropout = 0, bool returnSequences = false, bool bias = true)
        : base(units, layers, dropout, returnSequences, bias)
    {
    }

    /// <summary>Makes the layers.</summary>
    /// <param name="options">What all kinds of recurrent layers have in common.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or beyond reason, or a number outside its
    /// range.</exception>
    public Gru(RecurrentOptions options)
        : base(options)
    {
    }

    /// <inheritdoc/>
    public override string Kind => GruConfig.Kind;

    /// <summary>Whether the reset gate acts after the recurrent product, as in PyTorch, cuDNN and, by default, Keras; or on the state before it, as
    /// first published.</summary>
    public bool ResetAfter { get; init; } = true;

    /// <summary>What the gates apply to their sums; Keras: recurrent_activation.</summary>
    public CellActivation GateActivation { get; init; } = CellActivation.Sigmoid;

    /// <summary>What the candidate applies to its sum; Keras: activation.</summary>
    public CellActivation Activation { get; init; } = CellActivation.Tanh;

    internal override CellGates Gates => ResetAfter ? new(2, 1, 1, HasCell: false) : new(3, 0, 0, HasCell: false);

    internal override LayerConfig ToConfig() => GruConfig.Of(this);

    private protected override RecurrentResult Recur(Tensor sums, Tensor weight, RecurrentOperands operands) => ResetAfter
        ? sums.Recur(new GruCell(GateActivation, Activation), weight, operands)
        : sums.Recur(new GruResetBeforeCell(GateActivation, Activation), weight, operands);
}
