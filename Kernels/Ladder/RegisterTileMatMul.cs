using ILGPU;

namespace MiniLstm.Kernels;

/// <summary>
/// The third rung: c (+)= a b, a group for each tile of 64 x 64 results, a thread for 4 x 4 of them in registers: what is read from shared memory once
/// serves four products, where on the rung before each product waited for two reads.
/// </summary>
/// <remarks>The last rung, <see cref="MatMulKernel{TTile, TLeft, TRight, TAccess}"/>, doubles the side again, loads quads, and loads ahead.</remarks>
internal readonly struct RegisterTileMatMulKernel(Product product) : IGroupKernel
{
    /// <summary>Rows and columns of a tile.</summary>
    public const int Tile = 64;

    /// <summary>Threads of a group.</summary>
    public const int Threads = QuadsOfTile * QuadsOfTile;

    private const int QuadsOfTile = Tile / Float4.Length;
    private const int Depth = 8;

    public void Run()
    {
        ArrayView<float> panelOfA = SharedMemory.Allocate<float>(Depth * Tile);
        ArrayView<float> panelOfB = SharedMemory.Allocate<float>(Depth * Tile);
        ProductShape shape = product.Shape;
        int thread = Group.IdxX;
        int rowQuad = thread / QuadsOfTile;
        int columnQuad = thread % QuadsOfTile;
        int firstRow = Grid.IdxX * Tile;
        int firstColumn = Grid.IdxY * Tile;
        int firstOfA = Grid.IdxZ * shape.M * shape.K;
        int firstOfB = Grid.IdxZ * shape.K * shape.N;
        Block4x4 block = default;
        for (int start = 0; start < shape.K; start += Depth)
        {
            for (int i = thread; i < Depth * Tile; i += Threads)
            {
                int k = start + i / Tile;
                int row = firstRow + i % Tile;
                int column = firstColumn + i % Tile;
                panelOfA[i] = row < shape.M && k < shape.K ? product.A[firstOfA + shape.PlaceInA(row, k)] : 0;
                panelOfB[i] = column < shape.N && k < shape.K ? product.B[firstOfB + shape.PlaceInB(k, column)] : 0;
            }

            Group.Barrier();
            ArrayView<Float4> quadsOfA = panelOfA.Cast<Float4>();
            ArrayView<Float4> quadsOfB = panelOfB.Cast<Float4>();
            for (int k = 0; k < Depth; k++)
                block.Add(quadsOfA[k * QuadsOfTile + rowQuad], quadsOfB[k * QuadsOfTile + columnQuad]);
            Group.Barrier();
        }

        var target = new ProductTarget(product, Grid.IdxZ);
        block.Store(target, firstRow + rowQuad * Float4.Length, firstColumn + columnQuad * Float4.Length);
    }
}
