namespace MiniLstm.Engine.Operations;

/// <summary>
/// What sum, mean and max have in common: they go over all elements, giving [1], or along one axis, which the result
/// lacks.
/// </summary>
internal static class Reduced
{
    /// <summary>The shape of the result.</summary>
    /// <param name="shape">The operand's shape.</param>
    /// <param name="axis">One axis, or null for all elements.</param>
    /// <returns>[1], or the shape without the axis.</returns>
    public static Shape ResultOf(Shape shape, int? axis) => axis is { } one ? shape.Without(one) : [1];

    /// <summary>What is reduced.</summary>
    /// <param name="shape">The operand's shape.</param>
    /// <param name="axis">One axis, or null for all elements.</param>
    /// <returns>How backends read the operand.</returns>
    public static Axis AxisOf(Shape shape, int? axis) => axis is { } one ? Axis.Of(shape, one) : Axis.All(shape);
}
