namespace MiniLstm.Engine.Operations;

/// <summary>
/// Consecutive entries along any axis, copied. Along the leading axis <see cref="Tensor.Slice"/> gives the same as a
/// view.
/// </summary>
/// <param name="x">At least one axis.</param>
/// <param name="axis">Which, from 0.</param>
/// <param name="start">The first entry.</param>
/// <param name="count">How many, at least 1.</param>
public sealed class SliceAxis(Tensor x, int axis, int start, int count) : Operation(x)
{
    private int FirstColumn => AxisBlocks.Columns(x.Shape, axis, start);

    private int ColumnCount => AxisBlocks.Columns(x.Shape, axis, count);

    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        if (axis < 0 || axis >= x.Shape.Rank)
            throw Wrong($"axis {axis}, expected one below {x.Shape.Rank}");
        if (start < 0 || count < 1 || start > x.Shape[axis] - count)
            throw Wrong($"{count} entries from {start} of axis {axis}, whose length is {x.Shape[axis]}");
        return [x.Shape.With(axis, count)];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.CopyColumns(
        AxisBlocks.Matrix(Output(), axis), 0, AxisBlocks.Matrix(x.View, axis), FirstColumn, ColumnCount, add: false);

    /// <inheritdoc/>
    /// <remarks>dx is dy in the range, and 0 outside it: whoever writes first clears the rest.</remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (!dx.IsWanted)
            return;
        if (!dx.Add)
            tape.Backend.Fill(dx.View, 0);
        View dy = AxisBlocks.Matrix(tape.GradientOf(Outputs[0]), axis);
        tape.Backend.CopyColumns(AxisBlocks.Matrix(dx.View, axis), FirstColumn, dy, 0, ColumnCount, dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>Consecutive entries along an axis: a view along the leading one, a copy along others.</summary>
        /// <param name="axis">Which axis, 0 is the outermost.</param>
        /// <param name="start">The first entry.</param>
        /// <param name="count">How many, at least 1.</param>
        /// <returns>The shape with that axis of length <paramref name="count"/>.</returns>
        /// <exception cref="ShapeException">There is no such axis, or the range does not lie within it.</exception>
        /// <exception cref="InvalidOperationException">
        /// x is a parameter, on no tape, and the axis is not the leading one.
        /// </exception>
        public Tensor SliceAxis(int axis, int start, int count) => axis == 0
            ? x.Slice(start, count)
            : Tape.Of(x).Run(new SliceAxis(x, axis, start, count));
    }
}
