using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Matrix products.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> Products()
    {
        foreach ((int m, int k, int n) in ProductSizes())
        {
            yield return MatMul([m, k], false, [k, n], false);
            yield return MatMul([k, m], true, [k, n], false);
            yield return MatMul([m, k], false, [n, k], true);
            yield return MatMul([k, m], true, [n, k], true);
            yield return Linear([m, k], outputs: n);
        }

        foreach ((int m, int k, int n) in ((int, int, int)[])[(1, 1, 1), (3, 5, 7), (17, 16, 15)])
        {
            yield return MatMul([2, m, k], false, [2, k, n], false);
            yield return MatMul([2, k, m], true, [2, k, n], false);
            yield return MatMul([2, m, k], false, [2, n, k], true);
            yield return MatMul([2, k, m], true, [2, n, k], true);
            yield return MatMul([2, m, k], false, [k, n], false);
            yield return Linear([2, m, k], outputs: n);
        }

        yield return new("MatMul, twice the same", [[5, 5]], (_, x, _) => [x[0].MatMul(x[0])]) { Depth = 10 };
        yield return new("MatMul, twice the same, one transposed", [[3, 5]], (_, x, _) => [x[0].MatMul(x[0], transposeY: true)]) { Depth = 10 };
        yield return new("Linear without bias", [[7, 17], [5, 17]], (_, x, _) => [x[0].Linear(x[1])]) { Depth = 17 };
    }

    // M, K, N: one row or column at a time, round vector widths and tiles in each, a long sum, and one that is split
    // among threads.
    private static (int M, int K, int N)[] ProductSizes() =>
    [
        (1, 1, 1), (1, 33, 17), (3, 5, 7), (7, 17, 33), (33, 7, 1), (5, 1, 16), (15, 16, 17), (16, 17, 15), (17, 15, 16),
        (31, 3, 32), (32, 31, 3), (3, 32, 31), (6, 33, 65), (2, 1050, 3), (37, 66, 129),
    ];

    private static OperationCase MatMul(Shape a, bool transposeA, Shape b, bool transposeB)
    {
        string name = (transposeA, transposeB) switch
        {
            (false, false) => "MatMul A B",
            (true, false) => "MatMul Aᵀ B",
            (false, true) => "MatMul A Bᵀ",
            _ => "MatMul Aᵀ Bᵀ",
        };
        int innerAxisOfB = b.Rank - (transposeB ? 1 : 2);
        int inner = b[innerAxisOfB];
        return new(name, [a, b], (_, x, _) => [x[0].MatMul(x[1], transposeA, transposeB)])
        {
            Depth = DepthOf(a, b),
            Misfit = new([a, b.With(innerAxisOfB, inner + 1)], $"inner sizes differ, {inner} and {inner + 1}"),
        };
    }

    private static OperationCase Linear(Shape x, int outputs) => new(
        "Linear", [x, [outputs, x.Columns], [outputs]], (_, o, _) => [o[0].Linear(o[1], o[2])])
    {
        Depth = Math.Max(x.Rows, Math.Max(x.Columns, outputs)),
        Misfit = new([x, [outputs, x.Columns + 2], [outputs]], $"inner sizes differ, {x.Columns} and {x.Columns + 2}"),
    };

    // The sums of the product and of its gradients are at most as long as the longest axis; leading axes that are rows are one axis.
    private static double DepthOf(Shape a, Shape b)
    {
        double rows = b.Rank == 3 ? a[1] : a.Rows;
        return Math.Max(Math.Max(rows, a.Columns), Math.Max(b[b.Rank - 2], b.Columns));
    }
}
