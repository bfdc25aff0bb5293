namespace MiniLstm.Engine.Operations;

/// <summary>The mean of all elements, or the means along one axis.</summary>
/// <param name="x">Any shape.</param>
/// <param name="axis">Which axis, from 0, or null for all elements.</param>
public sealed class Mean(Tensor x, int? axis) : Operation(x)
{
    private Axis Over => Reduced.AxisOf(x.Shape, axis);

    /// <inheritdoc/>
    public override Shape[] OutputShapes() => axis is < 0 || axis >= x.Shape.Rank
        ? throw Wrong($"axis {axis}, expected one below {x.Shape.Rank}")
        : [Reduced.ResultOf(x.Shape, axis)];

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.Sum(Output(), x.View, Over, 1.0 / Over.Length, add: false);

    /// <inheritdoc/>
    /// <remarks>Every element counts 1 / n: dx is dy / n, repeated along the axis of length n.</remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.Spread(dx.View, tape.GradientOf(Outputs[0]), Over, 1.0 / Over.Length, dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>The mean of all elements, or the means along one axis.</summary>
        /// <param name="axis">Which axis, 0 is the outermost; null for all elements.</param>
        /// <returns>[1], or the shape without that axis.</returns>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public Tensor Mean(int? axis = null) => Tape.Of(x).Run(new Mean(x, axis));
    }
}
