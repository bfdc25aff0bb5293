namespace MiniLstm.Engine.Operations;

/// <summary>The sum y = l + r, element by element; r may be a row, a column or a single value.</summary>
/// <param name="left">l: the shape of the result.</param>
/// <param name="right">r: of the same shape, or repeated to it.</param>
public sealed class Add(Tensor left, Tensor right) : Operation(left, right)
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
        tape.Backend.Combine<Addition>(Output(), left.View, right.View, _broadcast, add: false);

    /// <inheritdoc/>
    /// <remarks>dl = dy and dr = dy, summed over the places where an element of r was read.</remarks>
    public override void Backward(Tape tape)
    {
        View dy = tape.GradientOf(Outputs[0]);

        GradientTarget dLeft = tape.GradientInto(left);
        if (dLeft.IsWanted)
            tape.Backend.Scale(dLeft.View, 1, dy, dLeft.Add);

        GradientTarget dRight = tape.GradientInto(right);
        if (dRight.IsWanted)
            Broadcasting.SumInto(tape.Backend, dRight, dy, _broadcast, scale: 1);
    }
}

public static partial class TensorOperations
{
    extension(Tensor)
    {
        /// <summary>The sum, element by element; one of the two may be a row, a column or a single value.</summary>
        /// <param name="left">An operand.</param>
        /// <param name="right">
        /// The other: of the same shape; a row, [columns] or with all other axes 1; a column, with the last axis 1; or
        /// one element.
        /// </param>
        /// <returns>The sum, in the shape of the larger operand.</returns>
        /// <exception cref="ShapeException">The operands do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public static Tensor operator +(Tensor left, Tensor right)
        {
            (Tensor larger, Tensor smaller) = Broadcasting.LargerFirst(left, right);
            return Tape.Of(left, right).Run(new Add(larger, smaller));
        }
    }
}
