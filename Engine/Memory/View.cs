namespace MiniLstm.Engine;

/// <summary>A contiguous range of a buffer, with a shape. The default value is a view of nothing (<see cref="Exists"/>).</summary>
/// <param name="Buffer">Where the elements are.</param>
/// <param name="Offset">Index of the first element in the buffer.</param>
/// <param name="Shape">How the elements are read, row-major.</param>
public readonly record struct View(DeviceBuffer Buffer, long Offset, Shape Shape)
{
    /// <summary>Whether there is anything to see: optional operands are passed as <c>default</c>.</summary>
    public bool Exists => Buffer is not null;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Number of rows when read as a matrix whose columns are the last axis.</summary>
    public long Rows => Shape.Rows;

    /// <summary>Length of the last axis.</summary>
    public int Columns => Shape.Columns;

    /// <summary>One entry of the leading axis, such as a time step.</summary>
    /// <param name="index">Its number, 0 to length - 1.</param>
    /// <returns>A view of one axis less.</returns>
    /// <exception cref="ShapeException">There is no such entry.</exception>
    public View this[int index] => Range(index, 1).As(Shape.Without(0));

    /// <summary>Consecutive entries of the leading axis.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <returns>A view of the same rank.</returns>
    /// <exception cref="ShapeException">The range does not lie within the leading axis.</exception>
    public View Range(int start, int count)
    {
        if (Shape.Rank == 0 || start < 0 || count < 1 || start > Shape[0] - count)
            throw new ShapeException($"View: entries {start} to {start + count - 1} of the leading axis of {Shape}");
        return new(Buffer, Offset + start * Shape.CountAfter(0), Shape.With(0, count));
    }

    /// <summary>The same elements in another shape.</summary>
    /// <param name="shape">A shape of the same number of elements.</param>
    /// <returns>The view.</returns>
    /// <exception cref="ShapeException">The number of elements differs.</exception>
    public View As(Shape shape) => shape.Count == Count
        ? new(Buffer, Offset, shape)
        : throw new ShapeException($"View: {Shape} has {Count} elements, {shape} has {shape.Count}");

    /// <summary>The elements as a matrix: all axes but the last become rows.</summary>
    /// <returns>A view [rows, columns].</returns>
    public View AsMatrix() => As([checked((int)Rows), Columns]);
}
