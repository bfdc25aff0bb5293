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

/// <summary>How the right operand of an element-wise operation is read for each element [row, column] of the left.</summary>
public enum Broadcast
{
    /// <summary>Element by element.</summary>
    None,

    /// <summary>One value for each column, the same in every row.</summary>
    Row,

    /// <summary>One value for each row, the same in every column.</summary>
    Column,

    /// <summary>One value for all.</summary>
    Scalar,
}

/// <summary>What a cross-entropy over rows of logits counts, as PyTorch defines it.</summary>
/// <param name="IgnoredIndex">Rows with this target count nothing.</param>
/// <param name="Smoothing">The share ε of the target's weight that is spread evenly over all classes, in [0, 1].</param>
public readonly record struct CrossEntropyOptions(int IgnoredIndex = CrossEntropyOptions.NoIndex, double Smoothing = 0)
{
    /// <summary>The target that PyTorch ignores by default.</summary>
    public const int NoIndex = -100;

    /// <summary>PyTorch's defaults; without this constructor <c>new()</c> would be all zeros and ignore class 0.</summary>
    public CrossEntropyOptions()
        : this(NoIndex)
    {
    }
}
