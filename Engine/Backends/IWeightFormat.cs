namespace MiniLstm.Engine;

/// <summary>A narrow form of packed weights: how a <see cref="NarrowTile{TLanes, TFormat}"/> reads them and the rows that they multiply. Two
/// entries of the summed axis stand side by side, so that sixteen columns of both are one vector or less.</summary>
/// <typeparam name="TLanes">The lanes.</typeparam>
internal unsafe interface IWeightFormat<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Bytes of one weight.</summary>
    static abstract int WeightBytes { get; }

    /// <summary>Bytes of one element of a prepared row.</summary>
    static abstract int ElementBytes { get; }

    /// <summary>The scale of a column: what whole numbers stand for, or 1.</summary>
    /// <param name="greatest">The greatest magnitude in the column.</param>
    static abstract float ScaleOf(float greatest);

    /// <summary>Writes one weight.</summary>
    /// <param name="to">Where.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="scale">The scale of its column.</param>
    static abstract void Write(byte* to, float weight, float scale);

    /// <summary>Prepares a row of the left operand, padded with zeros to whole vectors.</summary>
    /// <param name="to">Where.</param>
    /// <param name="row">The row.</param>
    /// <param name="depth">Its length.</param>
    /// <returns>The row's scale.</returns>
    static abstract float PrepareRow(byte* to, float* row, long depth);

    /// <summary>What sums begin with.</summary>
    /// <param name="c">What the product is added to.</param>
    static abstract TLanes Begin(TLanes c);

    /// <summary>Reads the weights of sixteen columns and two entries of the summed axis.</summary>
    /// <param name="source">Where.</param>
    /// <param name="second">Those of the second entry, where they are apart.</param>
    /// <returns>Those of the first, or of both.</returns>
    static abstract TLanes Read(byte* source, out TLanes second);

    /// <summary>Adds the products of two elements of a row.</summary>
    /// <param name="row">The elements.</param>
    /// <param name="first">What <see cref="Read"/> gave.</param>
    /// <param name="second">What it gave besides.</param>
    /// <param name="sum">The sums so far.</param>
    static abstract TLanes Add(byte* row, TLanes first, TLanes second, TLanes sum);

    /// <summary>What sums end as.</summary>
    /// <param name="sum">The sums.</param>
    /// <param name="c">What the product is added to.</param>
    /// <param name="rowScale">The row's scale.</param>
    /// <param name="columnScales">Where the columns' scales are.</param>
    static abstract TLanes End(TLanes sum, TLanes c, float rowScale, float* columnScales);
}
