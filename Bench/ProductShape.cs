using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>A product C[M, N] = A[M, K] B[K, N]; either operand may lie transposed.</summary>
/// <param name="M">Rows.</param>
/// <param name="K">The axis that is summed over.</param>
/// <param name="N">Columns.</param>
/// <param name="TransposeA">Whether A lies as [K, M].</param>
/// <param name="TransposeB">Whether B lies as [N, K].</param>
internal sealed record ProductShape(int M, int K, int N, bool TransposeA = false, bool TransposeB = false)
{
    /// <summary>The products that training and benchmarks of others are made of.</summary>
    public static ProductShape[] All { get; } =
    [
        new(1024, 1024, 1024),
        new(1024, 1024, 1024, TransposeA: true),
        new(1024, 1024, 1024, TransposeB: true),
        new(64, 256, 1024),
        new(32, 128, 512),
        new(4096, 256, 65),
        new(6400, 1024, 4096),
        new(1024, 6400, 4096, TransposeA: true),
        new(700, 650, 10000),
        new(128, 2048, 512, TransposeA: true),
    ];

    public double FloatingPointOperations => 2.0 * M * K * N;

    /// <summary>What moves at least: both operands are read and the result is written, once.</summary>
    public double Bytes => sizeof(float) * ((double)M * K + (double)K * N + (double)M * N);

    /// <summary>Rents operands and the room of the result.</summary>
    public Operands Rent(Backend device)
    {
        View a = device.Pool.Rent(TransposeA ? [K, M] : [M, K], "a");
        View b = device.Pool.Rent(TransposeB ? [N, K] : [K, N], "b");
        device.Fill(a, 0.5);
        device.Fill(b, 0.25);
        return new(this, device, a, b, device.Pool.Rent([M, N], "c"));
    }

    public override string ToString() => $"{M}x{K}x{N} {(TransposeA ? 'T' : 'N')}{(TransposeB ? 'T' : 'N')}";

    internal sealed record Operands(ProductShape Shape, Backend Device, View A, View B, View C)
    {
        public void Multiply() => Device.MatMul(C, A, Shape.TransposeA, B, Shape.TransposeB, add: false);

        public void Return()
        {
            Device.Pool.Return(A);
            Device.Pool.Return(B);
            Device.Pool.Return(C);
        }
    }
}
