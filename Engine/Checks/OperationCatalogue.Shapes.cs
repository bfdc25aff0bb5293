using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Views and copies that only move elements.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> Views()
    {
        yield return new("Reshape", [[4, 6]], (_, x, _) => [x[0].Reshape([2, 3, 4])])
        {
            Misfit = new([[5, 6]], "[5, 6] has 30 elements, [2, 3, 4] has 24"),
        };
        yield return new("Slice", [[7, 17]], (_, x, _) => [x[0].Slice(2, 3)])
        {
            Misfit = new([[4, 17]], "entries 2 to 4 of the leading axis of input [4, 17]"),
        };
        yield return new("Slice of a result", [[7, 17]], (_, x, _) => [x[0].Tanh().Slice(2, 3)]);
        yield return new("Slices that overlap", [[5, 4]], (_, x, _) => [x[0].Slice(0, 3) * x[0].Slice(2, 3), x[0].At(1)]);
        yield return new("Slices of a result that overlap", [[5, 4]], (_, x, _) => SlicesThatOverlap(x[0].Tanh()));
        yield return new("Slice of a slice, reshaped", [[6, 4]], (_, x, _) => [x[0].Slice(1, 4).Slice(1, 2).Reshape([8]).Tanh()]);
    }

    private static IReadOnlyList<Tensor> SlicesThatOverlap(Tensor y) => [y.Slice(0, 3) * y.Slice(2, 3), y.At(1).Sigmoid()];

    private static IEnumerable<OperationCase> Copies()
    {
        foreach (Shape shape in (Shape[])[[1, 1], [3, 5], [7, 17], [15, 16], [33, 31], [1, 40], [40, 1], [67, 33]])
        {
            yield return new("Transpose", [shape], (_, x, _) => [x[0].Transpose(0, 1)])
            {
                Misfit = new([[shape.Columns]], "axes 0 and 1, expected two different ones below 1"),
            };
        }

        Shape four = [2, 3, 4, 5];
        yield return new("Transpose time and batch", [[3, 4, 17]], (_, x, _) => [x[0].Transpose(0, 1)]);
        yield return new("Transpose the last two of three", [[2, 17, 16]], (_, x, _) => [x[0].Transpose(1, 2)]);
        yield return new("Transpose outermost and innermost", [four], (_, x, _) => [x[0].Transpose(0, 3)]);
        yield return new("Transpose every second", [four], (_, x, _) => [x[0].Transpose(2, 0)]);
        yield return new("Transpose heads", [four], (_, x, _) => [x[0].Transpose(1, 2)]);

        foreach (Shape shape in RowShapes())
        {
            int last = shape.Rank - 1;
            int count = (shape.Columns + 1) / 2;
            yield return new("SliceAxis, last", [shape], (_, x, _) => [x[0].SliceAxis(last, shape.Columns - count, count)]);
            yield return new("Concatenate, last", [shape, shape.WithColumns(3)], (_, x, _) => [Tensor.Concatenate(last, x[0], x[1])])
            {
                Misfit = new([shape, shape.With(0, shape[0] + 1)], $"differs from {shape} in more than axis {last}"),
            };
        }

        yield return new("SliceAxis, leading", [[5, 7]], (_, x, _) => [x[0].SliceAxis(0, 1, 3)]);
        yield return new("SliceAxis, middle", [[3, 7, 4]], (_, x, _) => [x[0].SliceAxis(1, 2, 3)])
        {
            Misfit = new([[3, 4, 4]], "3 entries from 2 of axis 1, whose length is 4"),
        };
        yield return new("Concatenate, leading", [[3, 5], [1, 5], [4, 5]], (_, x, _) => [Tensor.Concatenate(0, x[0], x[1], x[2])]);
        yield return new("Concatenate, middle", [[3, 2, 4], [3, 5, 4]], (_, x, _) => [Tensor.Concatenate(1, x[0], x[1])]);
        yield return new("Concatenate, twice the same", [[3, 5]], (_, x, _) => [Tensor.Concatenate(1, x[0], x[0])]);
        yield return new("Concatenate, one", [[3, 5]], (_, x, _) => [Tensor.Concatenate(1, x[0])])
        {
            Misfit = new([[3]], "axis 1, expected one below 1"),
        };
    }
}
