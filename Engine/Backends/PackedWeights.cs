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
internal sealed class PackedWeights
{
    private readonly Dictionary<(DeviceBuffer Buffer, long Offset, PackKind Kind), (long Version, View Packed)> _kept = [];

    /// <summary>Whether the content of a view is known to stay until its version changes.</summary>
    public static bool IsWorthKeeping(View weight) => weight.Buffer.Version != 0;

    /// <summary>Finds the copy of a weight; says whether it must be made (again).</summary>
    /// <param name="weight">The weight, of a buffer with a version.</param>
    /// <param name="kind">The layout.</param>
    /// <param name="pool">Where memory for a new copy comes from.</param>
    /// <param name="count">How many values the copy has.</param>
    /// <param name="packed">Memory of the copy.</param>
    /// <returns>Whether the copy is out of date.</returns>
    public bool IsStale(View weight, PackKind kind, BufferPool pool, long count, out View packed)
    {
        const int Line = 16;
        (DeviceBuffer, long, PackKind) key = (weight.Buffer, weight.Offset, kind);
        bool found = _kept.TryGetValue(key, out (long Version, View Packed) entry);
        if (found && entry.Version == weight.Buffer.Version && entry.Packed.Count >= count)
        {
            packed = entry.Packed;
            return false;
        }

        if (found && entry.Packed.Count < count)
        {
            pool.Return(entry.Packed);
            found = false;
        }

        packed = found
            ? entry.Packed
            : pool.RentLasting([checked((int)((count + Line - 1) / Line)), Line], "packed weight");
        _kept[key] = (weight.Buffer.Version, packed);
        return true;
    }

    /// <summary>Drops the copies of a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="pool">Where the memory goes.</param>
    public void Forget(DeviceBuffer buffer, BufferPool pool)
    {
        if (buffer.Version == 0)
            return;
        foreach ((DeviceBuffer Buffer, long Offset, PackKind Kind) key in _kept.Keys.Where(k => k.Buffer == buffer).ToList())
        {
            pool.Return(_kept[key].Packed);
            _kept.Remove(key);
        }
    }
}
