using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>The lengths of up to four axes of a dense, row-major array; the last axis is contiguous.</summary>
/// <remarks>
/// Written as a collection: <c>Shape s = [time, batch, features];</c>. A shape of no axis, <c>[]</c>, is that of a single value.
/// Every axis is at least 1 and the product of all axes fits a <see cref="long"/>.
/// </remarks>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly record struct Shape
{
    /// <summary>The largest number of axes.</summary>
    public const int MaximumRank = 4;

    // Each length less one, so that the default value is the shape of no axis.
    private readonly int _first;
    private readonly int _second;
    private readonly int _third;
    private readonly int _fourth;

    /// <summary>Makes a shape from its axes, outermost first.</summary>
    /// <param name="axes">At most four lengths, each at least 1.</param>
    /// <exception cref="ShapeException">Too many axes, an axis below 1, or a product beyond 64 bits.</exception>
    public Shape(ReadOnlySpan<int> axes)
    {
        if (axes.Length > MaximumRank)
            throw new ShapeException($"Shape: {axes.Length} axes, expected at most {MaximumRank}");

        long count = 1;
        foreach (int axis in axes)
        {
            if (axis < 1)
                throw new ShapeException($"Shape: axes [{string.Join(", ", axes.ToArray())}], expected each at least 1");
            try
            {
                count = checked(count * axis);
            }
            catch (OverflowException)
            {
                throw new ShapeException($"Shape: axes [{string.Join(", ", axes.ToArray())}] have a product beyond 64 bits");
            }
        }

        Rank = axes.Length;
        _first = axes.Length > 0 ? axes[0] - 1 : 0;
        _second = axes.Length > 1 ? axes[1] - 1 : 0;
        _third = axes.Length > 2 ? axes[2] - 1 : 0;
        _fourth = axes.Length > 3 ? axes[3] - 1 : 0;
    }

    /// <summary>The number of axes, 0 to 4.</summary>
    public int Rank { get; }

    /// <summary>The number of elements, the product of all axes (1 for a shape of no axis).</summary>
    public long Count => (_first + 1L) * (_second + 1L) * (_third + 1L) * (_fourth + 1L);

    /// <summary>The length of the last axis, or 1 for a shape of no axis.</summary>
    public int Columns => Rank == 0 ? 1 : this[Rank - 1];

    /// <summary>The product of all axes but the last: the array read as a matrix has this many rows.</summary>
    public long Rows => Count / Columns;

    /// <summary>The length of one axis.</summary>
    /// <param name="axis">0 is the outermost; must be below <see cref="Rank"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public int this[int axis]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(axis);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(axis, Rank);
            return 1 + axis switch { 0 => _first, 1 => _second, 2 => _third, _ => _fourth };
        }
    }

    /// <summary>Makes a shape from its axes; what collection expressions call.</summary>
    /// <param name="axes">At most four lengths, each at least 1.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="ShapeException">As the constructor.</exception>
    public static Shape Create(ReadOnlySpan<int> axes) => new(axes);

    /// <summary>The same shape with another length at one axis.</summary>
    /// <param name="axis">The axis to change.</param>
    /// <param name="length">Its new length, at least 1.</param>
    /// <returns>The changed shape.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    /// <exception cref="ShapeException">The length is below 1.</exception>
    public Shape With(int axis, int length)
    {
        Span<int> axes = stackalloc int[MaximumRank];
        CopyTo(axes);
        ArgumentOutOfRangeException.ThrowIfNegative(axis);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(axis, Rank);
        axes[axis] = length;
        return new(axes[..Rank]);
    }

    /// <summary>The same shape with another length at the last axis.</summary>
    /// <param name="columns">The new length of the last axis, at least 1.</param>
    /// <returns>The changed shape.</returns>
    public Shape WithColumns(int columns) => With(Rank - 1, columns);

    /// <summary>The shape without one axis.</summary>
    /// <param name="axis">The axis to leave out.</param>
    /// <returns>A shape of one axis less.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public Shape Without(int axis)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(axis);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(axis, Rank);
        Span<int> axes = stackalloc int[MaximumRank];
        CopyTo(axes);
        axes[(axis + 1)..].CopyTo(axes[axis..]);
        return new(axes[..(Rank - 1)]);
    }

    /// <summary>The product of the axes before <paramref name="axis"/>, 1 if there are none.</summary>
    /// <param name="axis">0 to <see cref="Rank"/>.</param>
    /// <returns>How many blocks lie before the axis.</returns>
    public long CountBefore(int axis)
    {
        long count = 1;
        for (int k = 0; k < axis; k++)
            count *= this[k];
        return count;
    }

    /// <summary>The product of the axes after <paramref name="axis"/>, 1 if there are none.</summary>
    /// <param name="axis">-1 to <see cref="Rank"/> - 1.</param>
    /// <returns>How many elements one step along the axis spans.</returns>
    public long CountAfter(int axis)
    {
        long count = 1;
        for (int k = axis + 1; k < Rank; k++)
            count *= this[k];
        return count;
    }

    /// <summary>Enumerates the axes, outermost first.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<int> GetEnumerator()
    {
        for (int k = 0; k < Rank; k++)
            yield return this[k];
    }

    /// <summary>The shape as it is written in code and in error messages, such as <c>[35, 20, 128]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Rank switch
    {
        0 => "[]",
        1 => $"[{this[0]}]",
        2 => $"[{this[0]}, {this[1]}]",
        3 => $"[{this[0]}, {this[1]}, {this[2]}]",
        _ => $"[{this[0]}, {this[1]}, {this[2]}, {this[3]}]",
    };

    private void CopyTo(Span<int> axes)
    {
        axes[0] = _first + 1;
        axes[1] = _second + 1;
        axes[2] = _third + 1;
        axes[3] = _fourth + 1;
    }
}
