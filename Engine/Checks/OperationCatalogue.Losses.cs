using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Losses of single elements: of two classes, and squared differences.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> ElementLosses()
    {
        foreach (Operations.Reduction reduction in Enum.GetValues<Operations.Reduction>())
        {
            foreach (Shape shape in AnyShapes())
            {
                yield return Binary($"BinaryCrossEntropy {reduction}", new(shape, -3, 3), reduction);
                yield return new(
                    $"SquaredError {reduction}", [shape, shape], (_, x, _) => [x[0].SquaredError(x[1], reduction)])
                {
                    Depth = shape.Count,
                    Misfit = new([[2, 3], [3]], "every element needs a target"),
                };
            }

            foreach (Shape shape in RowShapes())
            {
                yield return Weighted(shape, [shape.Columns], reduction);
                yield return Weighted(shape, shape.WithColumns(1), reduction);
            }
        }

        // From where the loss of a wrong answer grows like a straight line to where that of a right one vanishes.
        Operand far = new([65], -200, 200) { IsSpread = true };
        yield return Binary("BinaryCrossEntropy, far apart", far, Operations.Reduction.None);
    }

    private static OperationCase Binary(string name, Operand logits, Operations.Reduction reduction) =>
        new(name, [logits, Labels(logits.Shape)], (_, x, _) => [x[0].BinaryCrossEntropy(x[1], reduction)])
        {
            Depth = logits.Shape.Count,
            Misfit = new([[2, 3], [3]], "every logit needs a label"),
        };

    private static OperationCase Weighted(Shape logits, Shape weights, Operations.Reduction reduction)
    {
        string name = $"BinaryCrossEntropy {reduction}, weights {weights}";
        return Binary(name, new(logits, -3, 3), reduction) with
        {
            Operands = [new(logits, -3, 3), Labels(logits), Weights(weights), Weights(weights)],
            Build = (_, x, _) => [x[0].BinaryCrossEntropy(x[1], reduction, x[2], x[3])],
            Misfit = new([[2, 3], [2, 3], [3], [4]], "weights must be one for each logit"),
        };

        static Operand Weights(Shape shape) => new(shape, 0.1, 2) { IsConstant = true };
    }

    private static Operand Labels(Shape shape) => new(shape, 0, 1) { IsConstant = true };
}
