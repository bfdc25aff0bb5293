using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>The sizes of a product [M, K] x [K, N], and how its operands lie: a transposed one as [K, M] or [N, K].</summary>
/// <param name="M">Rows of the result.</param>
/// <param name="N">Columns of the result.</param>
/// <param name="K">What is summed over.</param>
/// <param name="IsTransposedA">Whether the left operand is transposed.</param>
/// <param name="IsTransposedB">Whether the right operand is transposed.</param>
internal readonly record struct ProductShape(int M, int N, int K, Flag IsTransposedA, Flag IsTransposedB)
{
    /// <summary>Where element [m, k] of the left operand lies.</summary>
    public int PlaceInA(int m, int k) => IsTransposedA ? k * M + m : m * K + k;

    /// <summary>Where element [k, n] of the right operand lies.</summary>
    public int PlaceInB(int k, int n) => IsTransposedB ? n * K + k : k * N + n;
}
