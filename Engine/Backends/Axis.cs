namespace MiniLstm.Engine;

/// <summary>One axis of a row-major array, as reductions see it: [outer, length, inner].</summary>
/// <param name="Outer">Product of the axes before it.</param>
/// <param name="Length">Its own length.</param>
/// <param name="Inner">Product of the axes after it.</param>
public readonly record struct Axis(long Outer, long Length, long Inner)
{
    /// <summary>One axis of a shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="axis">Which axis.</param>
    /// <returns>What lies before it, its length, and what lies after it.</returns>
    public static Axis Of(Shape shape, int axis) => new(shape.CountBefore(axis), shape[axis], shape.CountAfter(axis));

    /// <summary>All elements as one axis.</summary>
    /// <param name="shape">The shape.</param>
    /// <returns>[1, count, 1].</returns>
    public static Axis All(Shape shape) => new(1, shape.Count, 1);

    /// <summary>The rows of a matrix as the axis: what is summed gives one value for each column.</summary>
    /// <param name="shape">A shape read as a matrix.</param>
    /// <returns>[1, rows, columns].</returns>
    public static Axis Rows(Shape shape) => new(1, shape.Rows, shape.Columns);

    /// <summary>The columns of a matrix as the axis: what is summed gives one value for each row.</summary>
    /// <param name="shape">A shape read as a matrix.</param>
    /// <returns>[rows, columns, 1].</returns>
    public static Axis Columns(Shape shape) => new(shape.Rows, shape.Columns, 1);
}
