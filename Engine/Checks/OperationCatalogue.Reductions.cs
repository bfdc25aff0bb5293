using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Sums, means and largest values, of all elements and along each axis.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> Reductions()
    {
        foreach (Shape shape in AnyShapes())
        {
            yield return Sum(shape, axis: null);
            yield return Mean(shape, axis: null);
            yield return Max(shape, axis: null);
        }

        foreach (Shape shape in (Shape[])[.. RowShapes(), [2, 3, 2, 3], [517, 5], [3, 16, 17], [3, 33, 2]])
        {
            for (int axis = 0; axis < shape.Rank; axis++)
            {
                yield return Sum(shape, axis);
                yield return Mean(shape, axis);
                yield return Max(shape, axis);
                yield return ArgMax(shape, axis);
            }
        }
    }

    private static OperationCase Sum(Shape shape, int? axis) =>
        Reduction("Sum", SumOperand(shape), axis, (_, x, _) => [x[0].Sum(axis)]);

    private static OperationCase Mean(Shape shape, int? axis) =>
        Reduction("Mean", SumOperand(shape), axis, (_, x, _) => [x[0].Mean(axis)]);

    private static OperationCase Max(Shape shape, int? axis) =>
        Reduction("Max", MaxOperand(shape), axis, (_, x, _) => [x[0].Max(axis)]);

    private static OperationCase Reduction(string name, Operand x, int? axis, CaseBuilder build)
    {
        string over = axis is null ? "all" : $"axis {axis}";
        return new($"{name}, {over}", [x], build)
        {
            Depth = axis is { } one ? x.Shape[one] : x.Shape.Count,
            Misfit = axis is null ? null : new([[]], $"axis {axis}, expected one below 0"),
        };
    }

    // The positions have no gradient: they are seen through a table of which they choose the rows.
    private static OperationCase ArgMax(Shape shape, int axis) => new(
        $"ArgMax, axis {axis}", [MaxOperand(shape), [shape[axis], 2]], (_, x, _) => [x[1].Embedding(x[0].ArgMax(axis))])
    {
        Depth = (double)shape.Count / shape[axis],
        Misfit = new([[], [1, 2]], $"axis {axis}, expected one below 0"),
    };

    // Not centred at zero, where sums of many would cancel.
    private static Operand SumOperand(Shape shape) => new(shape, -0.5, 1);

    // Neighbours 0.01 apart: the differences of the gradient check must not change which is the largest.
    private static Operand MaxOperand(Shape shape) => new(shape, -0.005 * shape.Count, 0.005 * shape.Count) { IsSpread = true };
}
