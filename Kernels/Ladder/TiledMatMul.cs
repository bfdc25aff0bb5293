using ILGPU;

namespace MiniLstm.Kernels;

/// <summary>
/// The second rung: c (+)= a b, a group for each tile of 16 x 16 results, a thread for each result. Step by step along K, the group puts a tile of
/// each operand into shared memory, so that what is read from afar once serves sixteen threads.
/// </summary>
/// <remarks>A transposed operand is one whose strides are exchanged, as <see cref="ProductShape.PlaceInA"/> has it. The third axis of the grid is the
/// batch.</remarks>
internal readonly struct TiledMatMulKernel(Product product) : IGroupKernel
{
    public const int Tile = 16;

    public void Run()
    {
        ArrayView<float> tileOfA = SharedMemory.Allocate<float>(Tile * Tile);
        ArrayView<float> tileOfB = SharedMemory.Allocate<float>(Tile * Tile);
        ProductShape shape = product.Shape;
        int m = Group.IdxX / Tile;
        int n = Group.IdxX % Tile;
        int row = Grid.IdxX * Tile + m;
        int column = Grid.IdxY * Tile + n;
        int firstOfA = Grid.IdxZ * shape.M * shape.K;
        int firstOfB = Grid.IdxZ * shape.K * shape.N;
        float sum = 0;
        for (int k = 0; k < shape.K; k += Tile)
        {
            tileOfA[Group.IdxX] = row < shape.M && k + n < shape.K ? product.A[firstOfA + shape.PlaceInA(row, k + n)] : 0;
            tileOfB[Group.IdxX] = column < shape.N && k + m < shape.K ? product.B[firstOfB + shape.PlaceInB(k + m, column)] : 0;
            Group.Barrier();
            for (int i = 0; i < Tile; i++)
                sum += tileOfA[m * Tile + i] * tileOfB[i * Tile + n];
            Group.Barrier();
        }

        if (row < shape.M && column < shape.N)
            Result.Put(ref product.C[(Grid.IdxZ * shape.M + row) * shape.N + column], sum, product.Adds);
    }
}
