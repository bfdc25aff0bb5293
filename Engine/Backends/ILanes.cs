namespace MiniLstm.Engine;

/// <summary>
/// Sixteen float32 values computed at once. Whatever the machine's vectors are (one of 512 bits, two of 256, four of 128), there are sixteen
/// lanes and reductions combine them in one order, so that all machines with fused multiply-add give the same bits.
/// </summary>
/// <typeparam name="T">The implementing type.</typeparam>
internal unsafe interface ILanes<T> : IFloat32<T>
    where T : struct, ILanes<T>
{
    /// <summary>How many lanes there are.</summary>
    const int Width = 16;

    /// <summary>How many of these values stand side by side in a tile of the matrix product; so many that the tile fits the registers.</summary>
    static abstract int PanelVectors { get; }

    /// <summary>Reads sixteen values.</summary>
    static abstract T Load(float* source);

    /// <summary>Reads fewer than sixteen values; lanes without one are 0. Memory behind them is not touched.</summary>
    static abstract T LoadPart(float* source, long count);

    /// <summary>The same value in all lanes.</summary>
    static abstract T Broadcast(float value);

    /// <summary>Writes sixteen values.</summary>
    void Store(float* destination);

    /// <summary>Writes the first of sixteen values, fewer than all.</summary>
    void StorePart(float* destination, long count);

    /// <summary>The sum of all lanes: halves are added until one value is left.</summary>
    float Sum();

    /// <summary>The largest lane.</summary>
    float Greatest();

    /// <summary>Reads sixteen pairs of bfloat16: the first of each pair, and the second.</summary>
    static abstract T LoadBFloat16Pairs(byte* source, out T second);

    /// <summary>Reads sixteen pairs of 8-bit integers; the lanes hold them as pairs of 16 bits, for <see cref="AddPairProducts"/> alone.</summary>
    static abstract T LoadInt8Pairs(byte* source);

    /// <summary>Sums of 32-bit integers, exact: sum + first x + second y for the pairs of weights, with x and y the halves of a pair of 16
    /// bits.</summary>
    static abstract T AddPairProducts(T weights, int pair, T sums);

    /// <summary>The values of lanes that hold 32-bit integers, rounded to nearest.</summary>
    static abstract T OfIntegers(T integers);

    /// <summary>Writes sixteen whole numbers as 16-bit integers.</summary>
    void StoreInt16(short* destination);
}
