using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>The cross-entropy of a linear layer, in chunks that fill the rows, that do not, and in one.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> LinearLosses()
    {
        foreach (Operations.Reduction reduction in Enum.GetValues<Operations.Reduction>())
        {
            yield return LinearLoss(reduction, rows: [1], inner: 1, classes: 1, rowsAtATime: 1);
            yield return LinearLoss(reduction, rows: [2, 3], inner: 5, classes: 7, rowsAtATime: 2);
            yield return LinearLoss(reduction, rows: [7], inner: 3, classes: 17, rowsAtATime: 3);
            yield return LinearLoss(reduction, rows: [7], inner: 17, classes: 33, rowsAtATime: 100);
            yield return LinearLoss(reduction, rows: [37], inner: 65, classes: 257, rowsAtATime: 12);
            yield return LinearLoss(reduction, rows: [12], inner: 4, classes: 5, rowsAtATime: 5, new(IgnoredIndex: 2, Smoothing: 0.3));
            yield return WeightedLinearLoss(reduction, new(IgnoredIndex: 2, Smoothing: 0.1));
        }
    }

    private static OperationCase LinearLoss(
        Operations.Reduction reduction, Shape rows, int inner, int classes, int rowsAtATime, CrossEntropyOptions? options = null) =>
        new(
            $"LinearCrossEntropy {reduction}, {rowsAtATime} rows at a time, {options ?? new()}",
            [With(rows, inner), [classes, inner], [classes]],
            (tape, x, i) =>
                [tape.Run(new LinearCrossEntropy(x[0], x[1], x[2], i[0], reduction, options ?? new(), classWeights: null, rowsAtATime))])
        {
            Indices = [new(rows, 0, classes - 1)],
            Depth = rows.Count + inner + classes,
            Misfit = new([With(rows, inner), [classes, inner], [classes + 1]], $"the bias must be [{classes}]"),
        };

    private static OperationCase WeightedLinearLoss(Operations.Reduction reduction, CrossEntropyOptions options)
    {
        Operand classWeights = new([5], 0.1, 2) { IsConstant = true };
        return new(
            $"LinearCrossEntropy {reduction}, class weights, no bias",
            [[9, 3], [5, 3], classWeights],
            (tape, x, i) => [tape.Run(new LinearCrossEntropy(x[0], x[1], bias: null, i[0], reduction, options, x[2], rowsAtATime: 4))])
        {
            Indices = [new([9], 0, 4)],
            Depth = 17,
            Misfit = new([[9, 3], [5, 4], [5]], "inner sizes differ, 3 and 4"),
        };
    }

    private static Shape With(Shape rows, int columns) => [.. rows, columns];
}
