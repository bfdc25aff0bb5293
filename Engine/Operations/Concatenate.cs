namespace MiniLstm.Engine.Operations;

/// <summary>Tensors one after the other along an axis.</summary>
/// <param name="axis">Which, from 0.</param>
/// <param name="parts">At least one; alike in all other axes.</param>
public sealed class Concatenate(int axis, Tensor[] parts) : Operation([.. parts])
{
    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        if (parts.Length == 0)
            throw new ShapeException("Concatenate: no operand, expected at least 1");
        Shape first = parts[0].Shape;
        if (axis < 0 || axis >= first.Rank)
            throw Wrong($"axis {axis}, expected one below {first.Rank}");

        int length = 0;
        foreach (Tensor part in parts)
        {
            if (part.Shape.Rank != first.Rank || part.Shape.With(axis, 1) != first.With(axis, 1))
                throw Wrong($"{part.Shape} differs from {first} in more than axis {axis}");
            length = checked(length + part.Shape[axis]);
        }

        return [first.With(axis, length)];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        View y = AxisBlocks.Matrix(Output(), axis);
        int column = 0;
        foreach (Tensor part in parts)
        {
            View x = AxisBlocks.Matrix(part.View, axis);
            tape.Backend.CopyColumns(y, column, x, 0, x.Columns, add: false);
            column += x.Columns;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Each part's gradient is the range of dy where the part was put.</remarks>
    public override void Backward(Tape tape)
    {
        View dy = AxisBlocks.Matrix(tape.GradientOf(Outputs[0]), axis);
        int column = 0;
        foreach (Tensor part in parts)
        {
            int columns = AxisBlocks.Columns(part.Shape, axis, part.Shape[axis]);
            GradientTarget dx = tape.GradientInto(part);
            if (dx.IsWanted)
                tape.Backend.CopyColumns(AxisBlocks.Matrix(dx.View, axis), 0, dy, column, columns, dx.Add);
            column += columns;
        }
    }
}

public static partial class TensorOperations
{
    extension(Tensor)
    {
        /// <summary>Puts tensors one after the other along an axis; copies.</summary>
        /// <param name="axis">Which axis, 0 is the outermost.</param>
        /// <param name="parts">At least one; alike in all other axes.</param>
        /// <returns>Their shape, with that axis as long as all parts together.</returns>
        /// <exception cref="ShapeException">There is no such axis, or the parts differ in another axis.</exception>
        /// <exception cref="InvalidOperationException">The parts are on two tapes, or on none.</exception>
        public static Tensor Concatenate(int axis, params ReadOnlySpan<Tensor> parts) =>
            Tape.Of(parts).Run(new Concatenate(axis, parts.ToArray()));
    }
}
