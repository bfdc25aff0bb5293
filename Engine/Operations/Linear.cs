namespace MiniLstm.Engine.Operations;

/// <summary>A linear layer, y = x Wᵀ + b for each row of x, with the weight laid out as PyTorch has it.</summary>
/// <remarks>
/// The rows of y begin as the bias, and the product accumulates onto them: one pass over y less than product, then sum.
/// </remarks>
/// <param name="x">[..., in]; leading axes are rows.</param>
/// <param name="weight">[out, in]: W.</param>
/// <param name="bias">[out]: b, or absent.</param>
public sealed class Linear(Tensor x, Tensor weight, Tensor? bias) : Operation(x, weight, bias)
{
    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        if (x.Shape.Rank == 0 || weight.Shape.Rank != 2)
            throw Wrong($"{x.Shape.Rank} and {weight.Shape.Rank} axes, expected at least 1 and 2");
        if (x.Shape.Columns != weight.Shape[1])
            throw Wrong($"inner sizes differ, {x.Shape.Columns} and {weight.Shape[1]}");
        if (bias is not null && bias.Shape != [weight.Shape[0]])
            throw Wrong($"the bias must be [{weight.Shape[0]}]");
        return [x.Shape.WithColumns(weight.Shape[0])];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) =>
        tape.Backend.Linear(Output().AsMatrix(), x.View.AsMatrix(), weight.View, bias?.View ?? default);

    /// <inheritdoc/>
    /// <remarks>
    /// From y[r, o] = Σ x[r, i] W[o, i] + b[o], rows r, inputs i, outputs o:
    /// <code>
    /// dx = dy W      [rows, out] [out, in]
    /// dW = dyᵀ x     [out, rows] [rows, in]
    /// db = Σ dy      over the rows: [out]
    /// </code>
    /// </remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        View dy = tape.GradientOf(Outputs[0]).AsMatrix();

        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            backend.MatMul(dx.View.AsMatrix(), dy, false, weight.View, false, dx.Add);

        GradientTarget dWeight = tape.GradientInto(weight);
        if (dWeight.IsWanted)
            backend.MatMul(dWeight.View, dy, true, x.View.AsMatrix(), false, dWeight.Add);

        GradientTarget dBias = tape.GradientInto(bias);
        if (dBias.IsWanted)
            backend.Sum(dBias.View, dy, Axis.Rows(dy.Shape), 1, dBias.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>A linear layer for each row of x, x Wᵀ + b. 2 rows in out operations.</summary>
        /// <param name="weight">[out, in]: W; x is [..., in].</param>
        /// <param name="bias">[out]: b, or absent.</param>
        /// <returns>[..., out].</returns>
        /// <exception cref="ShapeException">The operands do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public Tensor Linear(Tensor weight, Tensor? bias = null) =>
            Tape.Of(x, weight, bias).Run(new Linear(x, weight, bias));
    }
}
