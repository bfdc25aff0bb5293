using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Losses of single elements: of two classes, and squared differences.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> ElementLosses()
    {
        foreach (Shape shape in AnyShapes())
        {
            yield return Binary(shape, Operations.Reduction.Mean);
            yield return Squared(shape, Operations.Reduction.Mean);
        }

        foreach (Shape shape in (Shape[])[[3, 5], [2, 33], [2, 3, 5]])
        {
            yield return Binary(shape, Operations.Reduction.Sum);
            yield return Binary(shape, Operations.Reduction.None);
            yield return Squared(shape, Operations.Reduction.Sum);
            yield return Squared(shape, Operations.Reduction.None);
        }

        foreach (Shape shape in RowShapes())
        {
            yield return WeightedBinary(shape, [shape.Columns]);
            yield return WeightedBinary(shape, shape.WithColumns(1));
        }

        // From where the loss of a wrong answer grows like a straight line to where that of a right one vanishes.
        Operand far = new([65], -200, 200) { IsSpread = true };
        yield return Binary(far.Shape, Operations.Reduction.None) with
        {
            Name = "BinaryCrossEntropy, far apart",
            Operands = [far, Labels(far.Shape)],
        };
    }

    private static OperationCase Squared(Shape shape, Operations.Reduction reduction) =>
        new($"SquaredError {reduction}", [shape, shape], (_, x, _) => [x[0].SquaredError(x[1], reduction)])
        {
            Depth = shape.Count,
            Misfit = new([[2, 3], [3]], "every element needs a target"),
        };

    private static OperationCase Binary(Shape logits, Operations.Reduction reduction) =>
        new(
            $"BinaryCrossEntropy {reduction}",
            [Logits(logits), Labels(logits)],
            (_, x, _) => [x[0].BinaryCrossEntropy(x[1], reduction)])
        {
            Depth = logits.Count,
            Misfit = new([[2, 3], [3]], "every logit needs a label"),
        };

    private static OperationCase WeightedBinary(Shape logits, Shape weights)
    {
        Operand weight = new(weights, 0.1, 2) { IsConstant = true };
        return new(
            "BinaryCrossEntropy, weights",
            [Logits(logits), Labels(logits), weight, weight],
            (_, x, _) => [x[0].BinaryCrossEntropy(x[1], Operations.Reduction.Mean, x[2], x[3])])
        {
            Depth = logits.Count,
            Misfit = new([[2, 3], [2, 3], [3], [4]], "weights must be one for each logit"),
        };
    }

    private static Operand Logits(Shape shape) => new(shape, -3, 3);

    private static Operand Labels(Shape shape) => new(shape, 0, 1) { IsConstant = true };
}
