using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>Where the results of a product go: one matrix of [batch, parts, M, N].</summary>
internal readonly struct ProductTarget(Product product, int result)
{
    private readonly ArrayView<float> _c = product.C;
    private readonly int _first = result * product.Shape.M * product.Shape.N;
    private readonly int _rows = product.Shape.M;
    private readonly int _columns = product.Shape.N;
    private readonly Flag _storesQuads = product.StoresQuads;
    private readonly Flag _adds = product.Adds;

    /// <summary>Writes four results of one row, as far as they lie within the matrix.</summary>
    /// <param name="quad">The results.</param>
    /// <param name="row">Their row.</param>
    /// <param name="column">The column of the first.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(Float4 quad, int row, int column)
    {
        if (row >= _rows || column >= _columns)
            return;
        int place = _first + row * _columns + column;
        if (_storesQuads)
        {
            ref Float4 to = ref _c.Cast<Float4>()[place / Float4.Length];
            if (_adds)
                quad.Add(to);
            to = quad;
            return;
        }

        Result.Put(ref _c[place], quad.X, _adds);
        if (column + 1 < _columns)
            Result.Put(ref _c[place + 1], quad.Y, _adds);
        if (column + 2 < _columns)
            Result.Put(ref _c[place + 2], quad.Z, _adds);
        if (column + 3 < _columns)
            Result.Put(ref _c[place + 3], quad.W, _adds);
    }
}
