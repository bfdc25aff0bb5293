using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Whole rows at a time: softmax, normalisation, lookup, losses.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> Rows()
    {
        foreach (Shape shape in RowShapes())
        {
            Operand scores = new(shape, -4, 4);
            Shape vector = [shape.Columns];
            yield return new("Softmax", [scores], (_, x, _) => [x[0].Softmax()]) { Depth = shape.Columns };
            yield return new("LogSoftmax", [scores], (_, x, _) => [x[0].LogSoftmax()]) { Depth = shape.Columns };
            yield return new(
                "LayerNormalization", [shape, vector, vector], (_, x, _) => [x[0].LayerNormalization(x[1], x[2])])
            {
                Depth = Math.Max(shape.Columns, shape.Rows),
                Misfit = new([shape, vector, [shape.Columns + 1]], $"gain and shift must be [{shape.Columns}]"),
            };
        }

        // Scores so far apart that exp of them overflows or vanishes; they are rounded by about their size.
        Operand far = new([4, 17], -5000, 5000);
        yield return new("Softmax, far apart", [far], (_, x, _) => [x[0].Softmax()]) { Depth = 5000 };
        yield return new("LogSoftmax, far apart", [far], (_, x, _) => [x[0].LogSoftmax()]) { Depth = 5000 };

        foreach (Shape table in (Shape[])[[1, 1], [5, 3], [7, 16], [33, 17], [11, 65]])
        {
            IndexOperand ids = new([3, 4], 0, table[0] - 1);
            yield return new("Embedding", [table], (_, x, i) => [x[0].Embedding(i[0])])
            {
                Indices = [ids],
                Depth = 12,
                Misfit = new([[table.Columns]], "the table must be [ids, features]"),
            };

            // Results for the padding id are hidden, since its row is differentiated on purpose as if it did not count.
            yield return new("Embedding with padding", [table, [3, 4, table.Columns]], (_, x, i) => [i[0].Select(x[0].Embedding(i[0], paddingId: 0), x[1])])
            {
                Indices = [ids],
                Depth = 12,
            };
        }

        yield return new("Embedding, a large batch of few", [[3, 5]], (_, x, i) => [x[0].Embedding(i[0])])
        {
            Indices = [new([300], 0, 2)],
            Depth = 300,
        };
    }

    private static IEnumerable<OperationCase> Losses()
    {
        foreach (Shape shape in RowShapes())
        {
            yield return CrossEntropy(shape, Operations.Reduction.Mean);
            yield return CrossEntropy(shape, Operations.Reduction.Sum);
            yield return CrossEntropy(shape, Operations.Reduction.None);
            yield return CrossEntropy(shape, Operations.Reduction.Mean, new CrossEntropyOptions(Smoothing: 0.1));
            yield return CrossEntropy(shape, Operations.Reduction.None, new CrossEntropyOptions(Smoothing: 1));
        }

        Shape logits = [12, 5];
        foreach (Operations.Reduction reduction in Enum.GetValues<Operations.Reduction>())
        {
            yield return CrossEntropy(logits, reduction, new CrossEntropyOptions(IgnoredIndex: 2));
            yield return CrossEntropy(logits, reduction, new CrossEntropyOptions(IgnoredIndex: -1), lowestTarget: -1);
            yield return CrossEntropy(logits, reduction, new CrossEntropyOptions(IgnoredIndex: 2, Smoothing: 0.3));
            yield return Weighted(logits, reduction, new CrossEntropyOptions());
            yield return Weighted(logits, reduction, new CrossEntropyOptions(IgnoredIndex: 2, Smoothing: 0.3));
        }

        OperationCase near = CrossEntropy(logits, Operations.Reduction.None);
        yield return near with { Name = "CrossEntropy, far apart", Operands = [new(logits, -5000, 5000)], Depth = 5000 };
    }

    private static OperationCase CrossEntropy(
        Shape logits, Operations.Reduction reduction, CrossEntropyOptions? options = null, int lowestTarget = 0) =>
        new(
            $"CrossEntropy {reduction}, {options ?? new()}",
            [new(logits, -4, 4)],
            (_, x, i) => [x[0].CrossEntropy(i[0], reduction, options)])
        {
            Indices = [new(logits.Without(logits.Rank - 1), lowestTarget, logits.Columns - 1)],
            Depth = Math.Max(logits.Columns, logits.Rows),
            Misfit = new([logits.With(0, logits[0] + 1)], "are not one for each row of logits"),
        };

    private static OperationCase Weighted(Shape logits, Operations.Reduction reduction, CrossEntropyOptions options)
    {
        Operand weights = new([logits.Columns], 0.1, 2) { IsConstant = true };
        return CrossEntropy(logits, reduction, options) with
        {
            Name = $"CrossEntropy {reduction}, class weights, {options}",
            Operands = [new(logits, -4, 4), weights],
            Build = (_, x, i) => [x[0].CrossEntropy(i[0], reduction, options, x[1])],
            Misfit = new([logits, [logits.Columns + 1]], $"the class weights must be [{logits.Columns}]"),
        };
    }
}
