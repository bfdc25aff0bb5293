namespace MiniLstm.Engine.Operations;

/// <summary>
/// Two axes exchanged, such as [time, batch, features] into [batch, time, features]: y[.., j, .., i, ..] = x[.., i, ..,
/// j, ..].
/// </summary>
/// <remarks>A copy: tensors are dense. Products need none, <see cref="MatMul"/> reads transposed operands.</remarks>
/// <param name="x">At least two axes.</param>
/// <param name="first">One of them, from 0.</param>
/// <param name="second">Another.</param>
public sealed class Transpose(Tensor x, int first, int second) : Operation(x)
{
    private int Outer => Math.Min(first, second);

    private int Inner => Math.Max(first, second);

    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        if (Outer < 0 || Inner >= x.Shape.Rank || Outer == Inner)
            throw Wrong($"axes {first} and {second}, expected two different ones below {x.Shape.Rank}");
        return [x.Shape.With(Outer, x.Shape[Inner]).With(Inner, x.Shape[Outer])];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.SwapAxes(Output(), x.View, Outer, Inner, add: false);

    /// <inheritdoc/>
    /// <remarks>An exchange is its own inverse: dx is dy with the same two axes exchanged.</remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.SwapAxes(dx.View, tape.GradientOf(Outputs[0]), Outer, Inner, dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>Exchanges two axes; copies.</summary>
        /// <param name="first">One axis, 0 is the outermost.</param>
        /// <param name="second">Another.</param>
        /// <returns>The shape with both lengths exchanged.</returns>
        /// <exception cref="ShapeException">There are no two such axes.</exception>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public Tensor Transpose(int first, int second) => Tape.Of(x).Run(new Transpose(x, first, second));
    }
}
