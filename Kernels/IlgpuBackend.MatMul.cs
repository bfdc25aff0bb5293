using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>The matrix product.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public override void MatMul(View c, View a, bool transposeA, View b, bool transposeB, bool add)
    {
        int rank = c.Shape.Rank;
        var shape = new ProductShape(
            c.Shape[rank - 2], c.Shape[rank - 1], a.Shape[transposeA ? rank - 2 : rank - 1], transposeA, transposeB);
        int batch = rank == 3 ? c.Shape[0] : 1;
        if (_runner.HasSlowThreads)
        {
            Launch(new NaiveMatMulKernel(Destination(c), Reals(a), Reals(b), shape, add), c.Count);
            return;
        }

        Launch(
            new TiledMatMulKernel(Destination(c), Reals(a), Reals(b), shape, add),
            new Index3D(Parts(shape.M, TiledMatMulKernel.Tile), Parts(shape.N, TiledMatMulKernel.Tile), batch),
            TiledMatMulKernel.Tile * TiledMatMulKernel.Tile);
    }

    // How many parts of one size cover so many.
    private static int Parts(int count, int size) => (count + size - 1) / size;
}
