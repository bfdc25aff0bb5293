namespace MiniLstm.Kernels;

/// <summary>The first rung: c (+)= a b, a thread for each result, which reads a whole row of a and a whole column of b from afar. What ILGPU's simulator
/// runs, where shared memory is no faster and a barrier costs more than a product.</summary>
internal readonly struct NaiveMatMulKernel(Product product) : IElementKernel
{
    public void Run(int i)
    {
        ProductShape shape = product.Shape;
        int column = i % shape.N;
        int row = i / shape.N % shape.M;
        int entry = i / (shape.M * shape.N);
        int firstOfA = entry * shape.M * shape.K;
        int firstOfB = entry * shape.K * shape.N;
        float sum = 0;
        for (int k = 0; k < shape.K; k++)
            sum += product.A[firstOfA + shape.PlaceInA(row, k)] * product.B[firstOfB + shape.PlaceInB(k, column)];
        Result.Put(ref product.C[i], sum, product.Adds);
    }
}
