namespace MiniLstm.Engine.Operations;

/// <summary>
/// A range along an axis, seen as a range of columns: with [outer, length, inner] read as a matrix [outer, length ·
/// inner], entries i to j of the axis are columns i · inner to j · inner.
/// </summary>
internal static class AxisBlocks
{
    /// <summary>The array as a matrix whose rows are everything before an axis.</summary>
    /// <param name="view">The array.</param>
    /// <param name="axis">The axis that becomes the columns, together with those after it.</param>
    /// <returns>[outer, length · inner].</returns>
    public static View Matrix(View view, int axis) =>
        view.As([checked((int)view.Shape.CountBefore(axis)), Columns(view.Shape, axis, view.Shape[axis])]);

    /// <summary>How many columns some entries of an axis are.</summary>
    /// <param name="shape">The array's shape.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="entries">The number of entries.</param>
    /// <returns>Entries · inner.</returns>
    public static int Columns(Shape shape, int axis, int entries) => checked((int)(entries * shape.CountAfter(axis)));
}
