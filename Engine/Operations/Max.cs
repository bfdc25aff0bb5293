namespace MiniLstm.Engine.Operations;

/// <summary>The largest of all elements, or the largest along one axis. NaN counts as larger than any number.</summary>
/// <remarks>Where the largest was found is kept for backward: one integer for each value of the result.</remarks>
/// <param name="x">Any shape.</param>
/// <param name="axis">Which axis, from 0, or null for all elements.</param>
public sealed class Max(Tensor x, int? axis) : Operation(x)
{
    private View _positions;

    private Axis Over => Reduced.AxisOf(x.Shape, axis);

    /// <inheritdoc/>
    public override Shape[] OutputShapes() => axis is < 0 || axis >= x.Shape.Rank
        ? throw Wrong($"axis {axis}, expected one below {x.Shape.Rank}")
        : [Reduced.ResultOf(x.Shape, axis)];

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        _positions = tape.Rent(Outputs[0].Shape, ElementKind.Int32, "Max positions");
        tape.Backend.Max(Output(), _positions, x.View, Over);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Only the element that was chosen counts, the first of equals: dx is dy there, and 0 elsewhere.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.MaxSlope(dx.View, _positions, tape.GradientOf(Outputs[0]), Over, dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>
        /// The largest of all elements, or the largest along one axis; of equals the first gets the whole gradient.
        /// </summary>
        /// <param name="axis">Which axis, 0 is the outermost; null for all elements.</param>
        /// <returns>[1], or the shape without that axis; NaN where one was found.</returns>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public Tensor Max(int? axis = null) => Tape.Of(x).Run(new Max(x, axis));
    }
}
