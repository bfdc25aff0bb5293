namespace MiniLstm.Engine.Operations;

/// <summary>The sum of all elements, or the sums along one axis.</summary>
/// <param name="x">Any shape.</param>
/// <param name="axis">Which axis, from 0, or null for all elements.</param>
public sealed class Sum(Tensor x, int? axis) : Operation(x)
{
    /// <inheritdoc/>
    public override Shape[] OutputShapes() => axis is < 0 || axis >= x.Shape.Rank
        ? throw Wrong($"axis {axis}, expected one below {x.Shape.Rank}")
        : [Reduced.ResultOf(x.Shape, axis)];

    /// <inheritdoc/>
    public override void Forward(Tape tape) =>
        tape.Backend.Sum(Output(), x.View, Reduced.AxisOf(x.Shape, axis), 1, add: false);

    /// <inheritdoc/>
    /// <remarks>Every element counts once: dx is dy, repeated along the axis.</remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.Spread(dx.View, tape.GradientOf(Outputs[0]), Reduced.AxisOf(x.Shape, axis), 1, dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>The sum of all elements, or the sums along one axis.</summary>
        /// <param name="axis">Which axis, 0 is the outermost; null for all elements.</param>
        /// <returns>[1], or the shape without that axis.</returns>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public Tensor Sum(int? axis = null) => Tape.Of(x).Run(new Sum(x, axis));
    }
}
