using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Element by element: maps, arithmetic, choices.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> Maps() =>
    [
        .. Map<TanhMap>(2),
        .. Map<SigmoidMap>(3),
        .. Map<HardSigmoidKeras2Map>(4, -2.5, 2.5),
        .. Map<HardSigmoidKeras3Map>(5, -3, 3),
        .. Map<ReluMap>(2, 0),
        .. Map<AbsMap>(2, 0),
        .. Map<InverseRootAboveOneMap>(3, 1),
        .. Map<ExpMap>(3),
        .. Map<SoftplusMap>(8),
        .. Map<GeluErfMap>(4),
        .. Map<GeluTanhMap>(4),
        .. AnyShapes().Select(shape => MapCase<LogMap>(new(shape, 0.1, 4))),

        // From one limit to the other, beyond where exp overflows float32; 0 in the middle.
        MapCase<TanhMap>(new([65], -100, 100) { IsSpread = true }),
        MapCase<SigmoidMap>(new([65], -200, 200) { IsSpread = true }),
        MapCase<SoftplusMap>(new([65], -200, 200) { IsSpread = true }),
        MapCase<GeluErfMap>(new([65], -50, 50) { IsSpread = true }),
        MapCase<GeluTanhMap>(new([65], -50, 50) { IsSpread = true }),
    ];

    private static IEnumerable<OperationCase> Map<TMap>(double bound, params double[] kinks)
        where TMap : struct, IMap =>
        AnyShapes().Select(shape => MapCase<TMap>(new(shape, -bound, bound) { Kinks = kinks }));

    private static OperationCase MapCase<TMap>(Operand operand)
        where TMap : struct, IMap =>
        new(TMap.Name, [operand], (_, x, _) => [x[0].Map<TMap>()]);

    private static IEnumerable<OperationCase> Arithmetic()
    {
        foreach ((Shape left, Shape right) in BroadcastShapes().Distinct())
        {
            Operand divisor = new(right, 0.5, 2);
            double depth = (double)left.Count / right.Count;
            yield return new("Add", [left, right], (_, x, _) => [x[0] + x[1]]) { Depth = depth };
            yield return new("Subtract", [left, right], (_, x, _) => [x[0] - x[1]]) { Depth = depth };
            yield return new("Multiply", [left, right], (_, x, _) => [x[0] * x[1]]) { Depth = depth };
            yield return new("Divide", [left, divisor], (_, x, _) => [x[0] / x[1]]) { Depth = depth };
        }

        ShapeMisfit misfit = new([[2, 3, 5], [3, 5]], "the right operand must have the shape of the left one");
        yield return new("Add", [[2, 3], [3]], (_, x, _) => [x[0] + x[1]]) { Misfit = misfit };
        yield return new("Subtract", [[2, 3], [3]], (_, x, _) => [x[0] - x[1]]) { Misfit = misfit };
        yield return new("Multiply", [[2, 3], [3]], (_, x, _) => [x[0] * x[1]]) { Misfit = misfit };
        yield return new("Divide", [[2, 3], new([3], 0.5, 2)], (_, x, _) => [x[0] / x[1]]) { Misfit = misfit };
        yield return new("Add, the smaller first", [[5], [3, 5]], (_, x, _) => [x[0] + x[1]]) { Depth = 3 };
        yield return new("Multiply, the smaller first", [[3, 1], [3, 5]], (_, x, _) => [x[0] * x[1]]) { Depth = 5 };
        yield return new("Add, twice the same", [[3, 5]], (_, x, _) => [x[0] + x[0]]);
        yield return new("Subtract, twice the same", [[3, 5]], (_, x, _) => [x[0] - x[0]]);
        yield return new("Multiply, twice the same", [[3, 5]], (_, x, _) => [x[0] * x[0]]);
        yield return new("Divide, twice the same", [new Operand([3, 5], 0.5, 2)], (_, x, _) => [x[0] / x[0]]);
        foreach (Shape shape in AnyShapes())
            yield return new("Scale", [shape], (_, x, _) => [x[0] * -1.25]);
    }

    // Of the same shape, a row, a column, a single value.
    private static IEnumerable<(Shape Left, Shape Right)> BroadcastShapes()
    {
        foreach (Shape shape in AnyShapes())
            yield return (shape, shape);
        foreach (Shape shape in RowShapes())
        {
            yield return (shape, [shape.Columns]);
            yield return (shape, shape.WithColumns(1));
            yield return (shape, [1]);
        }
    }

    private static IEnumerable<OperationCase> Choices()
    {
        foreach (Shape shape in RowShapes())
        {
            ShapeMisfit misfit = new([shape, [2, 3, 5, 7]], "shapes differ");
            CaseBuilder select = (_, x, ids) => [ids[0].Select(x[0], x[1])];
            yield return new("Select by element", [shape, shape], select) { Indices = [new(shape, 0, 1)], Misfit = misfit };
            Shape rows = shape.Without(shape.Rank - 1);
            yield return new("Select by row", [shape, shape], select) { Indices = [new(rows, 0, 1)], Misfit = misfit };
        }

        foreach (Shape shape in AnyShapes())
        {
            yield return new("Dropout", [shape], (_, x, _) => [x[0].Dropout(0.3, new RandomStream(seed: 7, stream: 1))]);
            yield return new("Dropout, offset in its stream", [shape], (_, x, _) => [x[0].Dropout(0.5, Advanced(4_000_000_004))]);
        }

        static RandomStream Advanced(ulong offset) => new(seed: 7, stream: 1) { Offset = offset };
    }
}
