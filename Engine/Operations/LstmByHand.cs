namespace MiniLstm.Engine.Operations;

/// <summary>
/// The LSTM as textbooks write it, one gate a line, in elementary operations whose gradients the tape chains by itself. Slow, and equal to the
/// fused layer to the last digits of float64: a test holds the two together, outputs and all gradients.
/// </summary>
public static class LstmByHand
{
    /// <summary>Runs the layer over all time steps.</summary>
    /// <param name="x">[T, B, I]: the input.</param>
    /// <param name="inputWeight">[4 H, I]: W, rows in the gate order i, f, g, o.</param>
    /// <param name="recurrentWeight">[4 H, H]: U, likewise.</param>
    /// <param name="bias">[4 H]: b.</param>
    /// <param name="initialHidden">[B, H].</param>
    /// <param name="initialCell">[B, H].</param>
    /// <returns>All hidden states [T, B, H], the last hidden and the last cell state [B, H].</returns>
    /// <exception cref="ShapeException">The operands do not fit.</exception>
    public static (Tensor Hidden, Tensor LastHidden, Tensor LastCell) Run(
        Tensor x, Tensor inputWeight, Tensor recurrentWeight, Tensor bias, Tensor initialHidden, Tensor initialCell)
    {
        int steps = x.Shape[0];
        int units = recurrentWeight.Shape[1];
        Tensor h = initialHidden;
        Tensor c = initialCell;
        var hidden = new Tensor[steps];
        for (int t = 0; t < steps; t++)
        {
            Tensor xt = x.At(t);

            Tensor i = Gate(0).Sigmoid();
            Tensor f = Gate(1).Sigmoid();
            Tensor g = Gate(2).Tanh();
            Tensor o = Gate(3).Sigmoid();
            c = f * c + i * g;
            h = o * c.Tanh();

            hidden[t] = h.Reshape([1, h.Shape[0], units]);

            Tensor Gate(int gate) =>
                xt.Linear(Rows(inputWeight, gate), Rows(bias, gate)) + h.Linear(Rows(recurrentWeight, gate), null);
        }

        return (Tensor.Concatenate(0, hidden), h, c);

        Tensor Rows(Tensor stacked, int gate) => stacked.Slice(gate * units, units);
    }
}
