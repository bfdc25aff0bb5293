namespace MiniLstm.Engine.Operations;

/// <summary>The difference y = l - r, element by element; r may be a row, a column or a single value.</summary>
/// <param name="left">l: the shape of the result.</param>
/// <param name="right">r: of the same shape, or repeated to it.</param>
public sealed class Subtract(Tensor left, Tensor right) : Operation(left, right)
{
    private Broadcast _broadcast;

    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        _broadcast = Broadcasting.Of(left.Shape, right.Shape) ?? throw Wrong(Broadcasting.Rule);
        return [left.Shape];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) =>
        tape.Backend.Combine<Subtraction>(Output(), left.View, right.View, _broadcast, add: false);

    /// <inheritdoc/>
    /// <remarks>dl = dy and dr = -dy, summed over the places where an element of r was read.</remarks>
    public override void Backward(Tape tape)
    {
        View dy = tape.GradientOf(Outputs[0]);

        GradientTarget dLeft = tape.GradientInto(left);
        if (dLeft.IsWanted)
            tape.Backend.Scale(dLeft.View, 1, dy, dLeft.Add);

        GradientTarget dRight = tape.GradientInto(right);
        if (dRight.IsWanted)
            Broadcasting.SumInto(tape.Backend, dRight, dy, _broadcast, scale: -1);
    }
}

public static partial class TensorOperations
{
    extension(Tensor)
    {
        /// <summary>
        /// The difference, element by element; the right operand may be a row, a column or a single value.
        /// </summary>
        /// <param name="left">What to subtract from.</param>
        /// <param name="right">
        /// What to subtract: of the same shape; a row, [columns] or with all other axes 1; a column, with the last axis
        /// 1; or one element.
        /// </param>
        /// <returns>The difference, in the shape of the left operand.</returns>
        /// <exception cref="ShapeException">The operands do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public static Tensor operator -(Tensor left, Tensor right) =>
            Tape.Of(left, right).Run(new Subtract(left, right));
    }
}
