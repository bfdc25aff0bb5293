namespace MiniLstm.Engine.Operations;

/// <summary>Probabilities from scores, row by row along the last axis: y[c] = exp(x[c]) / Σ exp(x[k]).</summary>
/// <remarks>The largest score is subtracted first, which changes nothing but lets nothing overflow.</remarks>
/// <param name="x">[..., columns].</param>
public sealed class Softmax(Tensor x) : Operation(x)
{
    /// <inheritdoc/>
    public override bool ReadsOutputs => true;

    /// <inheritdoc/>
    public override Shape[] OutputShapes() => [x.Shape];

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.Softmax(Output(), x.View, logarithm: false);

    /// <inheritdoc/>
    /// <remarks>
    /// Within a row, over all columns k:
    /// <code>
    /// ∂y[k] / ∂x[c] = y[k] ([k = c] - y[c])
    /// dx[c] = Σ dy[k] ∂y[k] / ∂x[c] = y[c] (dy[c] - Σ dy[k] y[k])
    /// </code>
    /// </remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.SoftmaxSlope(dx.View, Output(), tape.GradientOf(Outputs[0]), logarithm: false, dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>The softmax along the last axis. Losses take logits instead: see <c>CrossEntropy</c>.</summary>
        /// <returns>The same shape; each row is positive and sums to 1.</returns>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public Tensor Softmax() => Tape.Of(x).Run(new Softmax(x));
    }
}
