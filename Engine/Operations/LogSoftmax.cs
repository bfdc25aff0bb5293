namespace MiniLstm.Engine.Operations;

/// <summary>
/// Logarithms of probabilities from scores, row by row along the last axis: y[c] = x[c] - log Σ exp(x[k]).
/// </summary>
/// <remarks>
/// Sharper than the logarithm of <see cref="Softmax"/>, which is negative infinity wherever a probability underflows.
/// </remarks>
/// <param name="x">[..., columns].</param>
public sealed class LogSoftmax(Tensor x) : Operation(x)
{
    /// <inheritdoc/>
    public override bool ReadsOutputs => true;

    /// <inheritdoc/>
    public override Shape[] OutputShapes() => [x.Shape];

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.Softmax(Output(), x.View, logarithm: true);

    /// <inheritdoc/>
    /// <remarks>
    /// Within a row, over all columns k:
    /// <code>
    /// ∂y[k] / ∂x[c] = [k = c] - exp(y[c])
    /// dx[c] = Σ dy[k] ∂y[k] / ∂x[c] = dy[c] - exp(y[c]) Σ dy[k]
    /// </code>
    /// </remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.SoftmaxSlope(dx.View, Output(), tape.GradientOf(Outputs[0]), logarithm: true, dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>The logarithm of the softmax along the last axis.</summary>
        /// <returns>The same shape; each row is at most 0, and its exponentials sum to 1.</returns>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public Tensor LogSoftmax() => Tape.Of(x).Run(new LogSoftmax(x));
    }
}
