namespace MiniLstm.Engine.Operations;

/// <summary>Chooses by a mask: y is s where the mask is not 0, and u elsewhere.</summary>
/// <param name="mask">Integers, one for each element, or one for each row: the shape without its last axis.</param>
/// <param name="ifSet">s.</param>
/// <param name="ifUnset">u, of the same shape.</param>
public sealed class Select(IndexTensor mask, Tensor ifSet, Tensor ifUnset) : Operation(ifSet, ifUnset)
{
    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        Shape shape = ifSet.Shape;
        if (ifUnset.Shape != shape)
            throw Wrong("shapes differ");
        bool forEachRow = shape.Rank > 0 && mask.Shape == shape.Without(shape.Rank - 1);
        if (!forEachRow && mask.Shape != shape)
            throw Wrong($"the mask {mask.Shape} has neither one entry for each element nor one for each row");
        return [shape];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) =>
        tape.Backend.Select(Output(), mask.View, ifSet.View, ifUnset.View, add: false);

    /// <inheritdoc/>
    /// <remarks>
    /// Each element's gradient goes where the element came from: ds = dy where the mask is set, 0 elsewhere, and du the
    /// reverse.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        View dy = tape.GradientOf(Outputs[0]);

        GradientTarget dSet = tape.GradientInto(ifSet);
        if (dSet.IsWanted)
            tape.Backend.Select(dSet.View, mask.View, set: dy, unset: default, dSet.Add);

        GradientTarget dUnset = tape.GradientInto(ifUnset);
        if (dUnset.IsWanted)
            tape.Backend.Select(dUnset.View, mask.View, set: default, unset: dy, dUnset.Add);
    }
}

public static partial class TensorOperations
{
    extension(IndexTensor mask)
    {
        /// <summary>Chooses between two tensors, element by element or row by row.</summary>
        /// <param name="ifSet">What to take where the mask is not 0.</param>
        /// <param name="ifUnset">What to take where it is 0.</param>
        /// <returns>The shape of both; values that are not taken, NaN included, leave no trace.</returns>
        /// <exception cref="ShapeException">
        /// The two differ in shape, or the mask has neither their shape nor that of their leading axes.
        /// </exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public Tensor Select(Tensor ifSet, Tensor ifUnset) =>
            Tape.Of(ifSet, ifUnset).Run(new Select(mask, ifSet, ifUnset));
    }
}
