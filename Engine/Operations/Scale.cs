namespace MiniLstm.Engine.Operations;

/// <summary>y = s x with a constant factor s.</summary>
/// <param name="x">Any shape.</param>
/// <param name="factor">s.</param>
public sealed class Scale(Tensor x, double factor) : Operation(x)
{
    /// <inheritdoc/>
    public override Shape[] OutputShapes() => [x.Shape];

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.Scale(Output(), factor, x.View, add: false);

    /// <inheritdoc/>
    /// <remarks>dx = s dy.</remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.Scale(dx.View, factor, tape.GradientOf(Outputs[0]), dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor)
    {
        /// <summary>Multiplies every element by a number, which no gradient reaches.</summary>
        /// <param name="x">Any shape.</param>
        /// <param name="factor">The number.</param>
        /// <returns>The same shape.</returns>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public static Tensor operator *(Tensor x, double factor) => Tape.Of(x).Run(new Scale(x, factor));

        /// <summary>Multiplies every element by a number, which no gradient reaches.</summary>
        /// <param name="factor">The number.</param>
        /// <param name="x">Any shape.</param>
        /// <returns>The same shape.</returns>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public static Tensor operator *(double factor, Tensor x) => x * factor;
    }
}
