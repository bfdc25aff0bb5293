namespace MiniLstm.Engine;

/// <summary>How the tiles of a matrix product want a weight.</summary>
internal enum PackKind
{
    /// <summary>As the right operand.</summary>
    Plain,

    /// <summary>As the transposed right operand.</summary>
    Transposed,

    /// <summary>As the transposed right operand, the gate columns of sixteen units side by side.</summary>
    Gates,
}

/// <summary>
/// Copies of weights in the layout that kernels read, kept as long as the buffer's version stays: packed once a step in training, once in all
/// in generation.
/// </summary>
/// <param name="pool">Where memory for the copies comes from.</param>
internal sealed class PackedWeights(BufferPool pool)
{
    private readonly Dictionary<Key, (long Version, View Packed)> _kept = [];

    /// <summary>Whether the content of a view is known to stay until its version changes.</summary>
    public static bool IsWorthKeeping(View weight) => weight is { Exists: true, Buffer.Version: not 0 };

    /// <summary>The copy of a weight, made again if the weight has changed.</summary>
    /// <param name="weight">The weight, of a buffer with a version.</param>
    /// <param name="kind">The layout.</param>
    /// <param name="gates">How many gates the rows of the weight are, for <see cref="PackKind.Gates"/>.</param>
    /// <param name="shape">Memory that the copy takes.</param>
    /// <param name="pack">Writes the copy.</param>
    /// <returns>The copy.</returns>
    public View Get(View weight, PackKind kind, int gates, Shape shape, Action<View> pack)
    {
        // One place in a buffer may be seen as different matrices, whose copies differ.
        var key = new Key(weight.Buffer, weight.Offset, weight.Shape, kind, gates);
        if (!_kept.TryGetValue(key, out (long Version, View Packed) entry))
        {
            entry = (0, pool.RentLasting(shape, "packed weight"));
            _kept[key] = entry;
        }

        if (entry.Version != weight.Buffer.Version)
        {
            pack(entry.Packed);
            _kept[key] = (weight.Buffer.Version, entry.Packed);
        }

        return entry.Packed;
    }

    /// <summary>Drops the copies of a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    public void Forget(DeviceBuffer buffer)
    {
        if (buffer.Version == 0)
            return;
        foreach (Key key in _kept.Keys.Where(k => k.Buffer == buffer).ToList())
        {
            View packed = _kept[key].Packed;
            _kept.Remove(key);
            pool.Return(packed);
        }
    }

    private readonly record struct Key(DeviceBuffer Buffer, long Offset, Shape Shape, PackKind Kind, int Gates);
}
