namespace MiniLstm.Engine.Operations;

/// <summary>The quotient y = l / r, element by element; r may be a row, a column or a single value.</summary>
/// <param name="left">l: the shape of the result.</param>
/// <param name="right">r: of the same shape, or repeated to it.</param>
public sealed class Divide(Tensor left, Tensor right) : Operation(left, right)
{
    private Broadcast _broadcast;

    /// <inheritdoc/>
    public override bool ReadsOutputs => true;

    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        _broadcast = Broadcasting.Of(left.Shape, right.Shape) ?? throw Wrong(Broadcasting.Rule);
        return [left.Shape];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) =>
        tape.Backend.Combine<Division>(Output(), left.View, right.View, _broadcast, add: false);

    /// <inheritdoc/>
    /// <remarks>
    /// dl = dy / r and dr = -dy l / r² = -dy y / r, the latter summed over the places where an element of r was read.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        View dy = tape.GradientOf(Outputs[0]);

        GradientTarget dLeft = tape.GradientInto(left);
        if (dLeft.IsWanted)
            backend.Combine<Division>(dLeft.View, dy, right.View, _broadcast, dLeft.Add);

        GradientTarget dRight = tape.GradientInto(right);
        if (!dRight.IsWanted)
            return;
        using Scratch everywhere = backend.Pool.Scratch(left.Shape, "Divide: gradient before its sum");
        backend.Combine<Multiplication>(everywhere.View, dy, Output(), Broadcast.None, add: false);
        backend.Combine<Division>(everywhere.View, everywhere.View, right.View, _broadcast, add: false);
        Broadcasting.SumInto(backend, dRight, everywhere.View, _broadcast, scale: -1);
    }
}

public static partial class TensorOperations
{
    extension(Tensor)
    {
        /// <summary>
        /// The quotient, element by element; the right operand may be a row, a column or a single value.
        /// </summary>
        /// <param name="left">The dividend.</param>
        /// <param name="right">
        /// The divisor: of the same shape; a row, [columns] or with all other axes 1; a column, with the last axis 1;
        /// or one element.
        /// </param>
        /// <returns>The quotient, in the shape of the left operand; infinite or NaN where the divisor is 0.</returns>
        /// <exception cref="ShapeException">The operands do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public static Tensor operator /(Tensor left, Tensor right) =>
            Tape.Of(left, right).Run(new Divide(left, right));
    }
}
