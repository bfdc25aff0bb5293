namespace MiniLstm.Engine.Operations;

/// <content>ArgMax: no operation, since integers have no gradient.</content>
public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>
        /// Where the largest value along an axis is, the first of equals; NaN counts as larger than any number.
        /// </summary>
        /// <param name="axis">Which axis, 0 is the outermost; null for the last.</param>
        /// <returns>The shape without that axis: positions 0 to length - 1, on the tape of x.</returns>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public IndexTensor ArgMax(int? axis = null)
        {
            int along = axis ?? x.Shape.Rank - 1;
            if (along < 0 || along >= x.Shape.Rank)
                throw new ShapeException(
                    $"ArgMax: axis {along}, expected one below {x.Shape.Rank}; operands {x.Name} {x.Shape}");

            Tape tape = Tape.Of(x);
            View positions = tape.Rent(x.Shape.Without(along), ElementKind.Int32, "ArgMax");
            tape.Backend.Max(default, positions, x.View, Axis.Of(x.Shape, along));
            return new(tape, positions, minimum: 0, maximum: x.Shape[along] - 1);
        }
    }
}
