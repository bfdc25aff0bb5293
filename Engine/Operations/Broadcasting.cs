namespace MiniLstm.Engine.Operations;

/// <summary>How element-wise operations repeat their smaller operand to the shape of the larger.</summary>
/// <remarks>
/// Only shapes decide, in this order: the same shape is taken element by element; one element is a single value for
/// all; a last axis of the same length, all others 1 or left out, is a row; the same axes with the last one 1 are a
/// column. So beside a square [4, 4], the vector [4] is always a row, and a column must be written [4, 1].
/// </remarks>
internal static class Broadcasting
{
    /// <summary>What an operand that does not fit is told.</summary>
    public const string Rule =
        "the right operand must have the shape of the left one, or be a row of it (its last axis), " +
        "a column (its other axes, the last one 1) or a single value";

    /// <summary>How the right operand is read.</summary>
    /// <param name="left">The shape of the result.</param>
    /// <param name="right">The shape to repeat.</param>
    /// <returns>Which way, or null if it does not fit.</returns>
    public static Broadcast? Of(Shape left, Shape right)
    {
        if (right == left)
            return Broadcast.None;
        if (right.Count == 1)
            return Broadcast.Scalar;

        bool isRow = right.Rank <= left.Rank && right.Columns == left.Columns && right.Count == left.Columns;
        if (isRow)
            return Broadcast.Row;

        bool isColumn = right.Rank == left.Rank && right == left.WithColumns(1);
        return isColumn ? Broadcast.Column : null;
    }

    /// <summary>Puts the operands of a commutative operation in the order that the rule wants.</summary>
    /// <param name="left">One operand.</param>
    /// <param name="right">The other.</param>
    /// <returns>Exchanged if only the left one can be repeated.</returns>
    public static (Tensor Larger, Tensor Smaller) LargerFirst(Tensor left, Tensor right)
    {
        bool exchange = Of(left.Shape, right.Shape) is null && Of(right.Shape, left.Shape) is not null;
        return exchange ? (right, left) : (left, right);
    }

    /// <summary>
    /// The gradient of an operand that was repeated: each of its elements gets the sum over all places where it was
    /// read, target (+)= scale · Σ gradient.
    /// </summary>
    /// <param name="backend">Where to compute.</param>
    /// <param name="target">The operand's gradient.</param>
    /// <param name="gradient">The gradient at every place, in the shape of the result.</param>
    /// <param name="broadcast">How the operand was read.</param>
    /// <param name="scale">The factor.</param>
    public static void SumInto(Backend backend, GradientTarget target, View gradient, Broadcast broadcast, double scale)
    {
        if (broadcast == Broadcast.None)
        {
            backend.Scale(target.View, scale, gradient, target.Add);
            return;
        }

        Axis repeated = broadcast switch
        {
            Broadcast.Row => Axis.Rows(gradient.Shape),
            Broadcast.Column => Axis.Columns(gradient.Shape),
            _ => Axis.All(gradient.Shape),
        };
        backend.Sum(target.View, gradient, repeated, scale, target.Add);
    }
}
