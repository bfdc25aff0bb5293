namespace MiniLstm.Engine.Operations;

/// <summary>The matrix product y = A B, each operand transposed or not.</summary>
/// <remarks>
/// <para>Either B is one matrix, and the leading axes of A are rows; or both have three axes, and there is one product
/// for each entry of the leading one.</para>
/// <para>2 M K N operations for each product, twice as many in backward.</para>
/// </remarks>
/// <param name="a">
/// [..., M, K], or transposed [K, M]; with a batch axis [batch, M, K], or transposed [batch, K, M].
/// </param>
/// <param name="b">[K, N], or transposed [N, K]; with a batch axis [batch, K, N], or transposed [batch, N, K].</param>
/// <param name="transposeA">Whether A is transposed; only without leading axes that are rows.</param>
/// <param name="transposeB">Whether B is transposed.</param>
public sealed class MatMul(Tensor a, Tensor b, bool transposeA, bool transposeB) : Operation(a, b)
{
    private bool HasBatch => b.Shape.Rank == 3;

    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        bool ranksFit = HasBatch ? a.Shape.Rank == 3 : a.Shape.Rank >= 2 && b.Shape.Rank == 2;
        if (!ranksFit)
            throw Wrong($"{a.Shape.Rank} and {b.Shape.Rank} axes, expected at least 2 and 2, or 3 and 3");
        if (HasBatch && a.Shape[0] != b.Shape[0])
            throw Wrong($"batch sizes differ, {a.Shape[0]} and {b.Shape[0]}");
        if (!HasBatch && transposeA && a.Shape.Rank > 2)
            throw Wrong($"a left operand of {a.Shape.Rank} axes is read as rows and cannot be transposed");

        (int rows, int depth) = LastTwo(a.Shape, transposeA);
        (int depthOfB, int columns) = LastTwo(b.Shape, transposeB);
        if (depth != depthOfB)
            throw Wrong($"inner sizes differ, {depth} and {depthOfB}");
        return [a.Shape.With(a.Shape.Rank - 2, rows).WithColumns(columns)];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) =>
        tape.Backend.MatMul(Matrix(Output()), Matrix(a.View), transposeA, Matrix(b.View), transposeB, add: false);

    /// <inheritdoc/>
    /// <remarks>
    /// From y[m, n] = Σ A[m, k] B[k, n] follow dA[m, k] = Σ dy[m, n] B[k, n] and dB[k, n] = Σ A[m, k] dy[m, n]:
    /// <code>
    /// dA = dy Bᵀ   [M, N] [N, K]     where A came transposed: dAᵀ = B dyᵀ   [K, N] [N, M]
    /// dB = Aᵀ dy   [K, M] [M, N]     where B came transposed: dBᵀ = dyᵀ A   [N, M] [M, K]
    /// </code>
    /// </remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        View dy = Matrix(tape.GradientOf(Outputs[0]));

        GradientTarget dA = tape.GradientInto(a);
        if (dA.IsWanted && transposeA)
            backend.MatMul(Matrix(dA.View), Matrix(b.View), transposeB, dy, true, dA.Add);
        else if (dA.IsWanted)
            backend.MatMul(Matrix(dA.View), dy, false, Matrix(b.View), !transposeB, dA.Add);

        GradientTarget dB = tape.GradientInto(b);
        if (dB.IsWanted && transposeB)
            backend.MatMul(Matrix(dB.View), dy, true, Matrix(a.View), transposeA, dB.Add);
        else if (dB.IsWanted)
            backend.MatMul(Matrix(dB.View), Matrix(a.View), !transposeA, dy, false, dB.Add);
    }

    private static (int Rows, int Columns) LastTwo(Shape shape, bool transposed)
    {
        int rows = shape[shape.Rank - 2];
        int columns = shape[shape.Rank - 1];
        return transposed ? (columns, rows) : (rows, columns);
    }

    // Leading axes that are no batch are rows.
    private View Matrix(View view) => HasBatch ? view : view.AsMatrix();
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>The matrix product, each operand transposed or not. 2 M K N operations for each product.</summary>
        /// <param name="y">
        /// [K, N], or transposed [N, K], while x is [..., M, K], or transposed [K, M]; or both with a leading batch
        /// axis.
        /// </param>
        /// <param name="transposeX">Whether x is transposed: of a matrix or with a batch axis.</param>
        /// <param name="transposeY">Whether y is transposed.</param>
        /// <returns>[..., M, N], or [batch, M, N].</returns>
        /// <exception cref="ShapeException">Axes, batch sizes or inner sizes do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public Tensor MatMul(Tensor y, bool transposeX = false, bool transposeY = false) =>
            Tape.Of(x, y).Run(new MatMul(x, y, transposeX, transposeY));
    }
}
