using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>Large products on tensor cores, where the precision allows.</content>
public sealed partial class IlgpuBackend
{
    // Two results are stored at once.
    private const int StoredTogether = 2;

    // So many groups keep the multiprocessors of a large device busy; with fewer tiles, K is cut into parts of at least so many bytes a row.
    private const int EnoughTensorGroups = 128;
    private const int SmallestTensorPart = 16 * TensorTile.DepthBytes;

    /// <summary>In what form the operands of large products are read.</summary>
    public ProductPrecision Precision { get; }

    /// <summary>Which products are worth tensor cores.</summary>
    internal TensorThreshold TensorThreshold { get; init; } = TensorThreshold.Default;

    /// <summary>Whether a product of this size is large enough for tensor cores, and the precision allows them.</summary>
    /// <param name="m">Rows of the result.</param>
    /// <param name="n">Columns of the result.</param>
    /// <param name="k">The axis that is summed over.</param>
    internal bool IsForTensorCores(int m, int n, int k) => Precision != ProductPrecision.Float32 && TensorThreshold.Admits(m, n, k);

    // Each entry of a batch is worth its launches.
    private void MultiplyOnTensorCores(View c, View a, View b, ProductShape shape, bool add)
    {
        if (c.Shape.Rank == 3)
        {
            for (int entry = 0; entry < c.Shape[0]; entry++)
                MultiplyOnTensorCores(c[entry], a[entry], b[entry], shape, add);
        }
        else if (Precision == ProductPrecision.Tf32)
        {
            MultiplyOnTensorCores<Tf32Format>(c, a, b, shape, add);
        }
        else
        {
            MultiplyOnTensorCores<BFloat16Format>(c, a, b, shape, add);
        }
    }

    private void MultiplyOnTensorCores<TFormat>(View c, View a, View b, ProductShape shape, bool add)
        where TFormat : struct, ITensorFormat
    {
        int rows = RoundUp(shape.M, TensorTile.Side);
        int columns = RoundUp(shape.N, TensorTile.Side);
        int rowBytes = RoundUp(shape.K * (TFormat.IsPair ? 2 : sizeof(float)), TensorTile.DepthBytes);
        int tiles = rows / TensorTile.Side * (columns / TensorTile.Side);
        int wanted = Math.Clamp(EnoughTensorGroups / tiles, 1, Math.Max(1, rowBytes / SmallestTensorPart));
        int partBytes = RoundUp(Parts(rowBytes, wanted), TensorTile.DepthBytes);
        int parts = Parts(rowBytes, partBytes);

        // Whole tiles of one part need no third pass.
        bool isDirect = parts == 1 && rows == shape.M && columns == shape.N && c.Offset % StoredTogether == 0;
        Paths.Note("product", shape.M, shape.N, Describe(TFormat.IsPair, parts > 1, isDirect));

        using Scratch packedA = Pool.Scratch([rows, rowBytes / sizeof(float)], "left operand packed for tensor cores");
        using Scratch packedB = Pool.Scratch([columns, rowBytes / sizeof(float)], "right operand packed for tensor cores");
        using Scratch results = isDirect ? default : Pool.Scratch([parts, rows, columns], "tiles of a product");
        Pack<TFormat>(packedA.View, a, shape.M, shape.K, shape.IsTransposedA);
        Pack<TFormat>(packedB.View, b, shape.N, shape.K, !shape.IsTransposedB);
        ArrayView<float> destination = Destination(c);
        Launch(
            new TensorMatMulKernel<TFormat>(
                OperandOf(packedA.View),
                OperandOf(packedB.View),
                OperandOf(isDirect ? c : results.View),
                rows,
                columns,
                rowBytes,
                partBytes,
                isDirect && add),
            new Index3D(rows / TensorTile.Side, columns / TensorTile.Side, parts),
            TensorTile.Threads);
        if (!isDirect)
            Launch(new TensorResultKernel(destination, Reals(results.View), shape.N, columns, rows * columns, parts, add), c.Count);
    }

    private static string Describe(bool isBFloat16, bool isInParts, bool isDirect) => (isBFloat16, isInParts, isDirect) switch
    {
        (true, _, true) => "tensor cores, bfloat16, whole tiles",
        (true, true, _) => "tensor cores, bfloat16, K in parts",
        (true, _, _) => "tensor cores, bfloat16",
        (_, _, true) => "tensor cores, TF32, whole tiles",
        (_, true, _) => "tensor cores, TF32, K in parts",
        _ => "tensor cores, TF32",
    };

    private void Pack<TFormat>(View to, View from, int rows, int depth, bool isTransposed)
        where TFormat : struct, ITensorFormat
    {
        int squares = checked((int)(to.Rows / TensorPacking.Side * Parts(to.Columns, TensorPacking.Side)));
        Launch(
            new TensorPackKernel<TFormat>(Memory<int>(to), Reals(from), rows, depth, to.Columns, isTransposed),
            new Index3D(squares, 1, 1),
            TensorPacking.Threads);
    }

    // The memory is rented until the launch is queued, and the stream runs in order: whoever rents it next comes after.
    private TensorOperand OperandOf(View view)
    {
        ArrayView<float> memory = Reals(view);
        return new(memory, (ulong)((IlgpuBuffer)view.Buffer).Memory!.NativePtr + (ulong)view.Offset * sizeof(float));
    }
}
