namespace MiniLstm.Engine.Operations;

/// <summary>The product y = l r, element by element; r may be a row, a column or a single value.</summary>
/// <param name="left">l: the shape of the result.</param>
/// <param name="right">r: of the same shape, or repeated to it.</param>
public sealed class Multiply(Tensor left, Tensor right) : Operation(left, right)
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
        tape.Backend.Combine<Multiplication>(Output(), left.View, right.View, _broadcast, add: false);

    /// <inheritdoc/>
    /// <remarks>dl = dy r and dr = dy l, the latter summed over the places where an element of r was read.</remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        View dy = tape.GradientOf(Outputs[0]);

        GradientTarget dLeft = tape.GradientInto(left);
        if (dLeft.IsWanted)
            backend.Combine<Multiplication>(dLeft.View, dy, right.View, _broadcast, dLeft.Add);

        GradientTarget dRight = tape.GradientInto(right);
        if (!dRight.IsWanted)
            return;
        if (_broadcast == Broadcast.None)
        {
            backend.Combine<Multiplication>(dRight.View, dy, left.View, Broadcast.None, dRight.Add);
            return;
        }

        using Scratch everywhere = backend.Pool.Scratch(left.Shape, "Multiply: gradient before its sum");
        backend.Combine<Multiplication>(everywhere.View, dy, left.View, Broadcast.None, add: false);
        Broadcasting.SumInto(backend, dRight, everywhere.View, _broadcast, scale: 1);
    }
}

public static partial class TensorOperations
{
    extension(Tensor)
    {
        /// <summary>The product, element by element; one of the two may be a row, a column or a single value.</summary>
        /// <param name="left">An operand.</param>
        /// <param name="right">
        /// The other: of the same shape; a row, [columns] or with all other axes 1; a column, with the last axis 1; or
        /// one element.
        /// </param>
        /// <returns>The product, in the shape of the larger operand.</returns>
        /// <exception cref="ShapeException">The operands do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public static Tensor operator *(Tensor left, Tensor right)
        {
            (Tensor larger, Tensor smaller) = Broadcasting.LargerFirst(left, right);
            return Tape.Of(left, right).Run(new Multiply(larger, smaller));
        }
    }
}
