using System.Buffers;

namespace MiniLstm.Kernels;

/// <summary>
/// In which order a scatter-add goes through its rows: those of an id one after the other, as they stand, in parts of so many at most. Ids come as they
/// first occur, but those of more than one part before all others.
/// </summary>
internal sealed class ScatterPlan
{
    private readonly int[] _numbers;

    /// <summary>Sorts rows by id, by counting.</summary>
    /// <param name="ids">The id of each row, 0 to entries - 1.</param>
    /// <param name="entries">How many ids there can be.</param>
    /// <param name="skippedId">An id whose rows are left out; -1 for none.</param>
    /// <param name="partRows">Rows of a part, at most.</param>
    public ScatterPlan(ReadOnlySpan<int> ids, int entries, int skippedId, int partRows)
    {
        int[] counts = ArrayPool<int>.Shared.Rent(entries);
        int[] places = ArrayPool<int>.Shared.Rent(entries);
        int[] distinct = ArrayPool<int>.Shared.Rent(ids.Length);
        int distinctCount = 0;
        int rows = 0;
        Array.Clear(counts, 0, entries);
        foreach (int id in ids)
        {
            if (id == skippedId)
                continue;
            if (counts[id]++ == 0)
                distinct[distinctCount++] = id;
            rows++;
        }

        for (int k = 0; k < distinctCount; k++)
        {
            int parts = (counts[distinct[k]] + partRows - 1) / partRows;
            Parts += parts;
            SharedParts += parts > 1 ? parts : 0;
        }

        _numbers = new int[2 * Parts + 1 + rows];
        int part = 0;
        int place = 2 * Parts + 1;
        AddParts(isShared: true);
        AddParts(isShared: false);
        _numbers[2 * Parts] = place;
        for (int row = 0; row < ids.Length; row++)
        {
            if (ids[row] != skippedId)
                _numbers[places[ids[row]]++] = row;
        }

        ArrayPool<int>.Shared.Return(counts);
        ArrayPool<int>.Shared.Return(places);
        ArrayPool<int>.Shared.Return(distinct);

        void AddParts(bool isShared)
        {
            for (int k = 0; k < distinctCount; k++)
            {
                int id = distinct[k];
                if (counts[id] > partRows != isShared)
                    continue;
                places[id] = place;
                int end = place + counts[id];
                for (; place < end; place = Math.Min(place + partRows, end))
                {
                    _numbers[part] = id;
                    _numbers[Parts + part] = place;
                    part++;
                }
            }
        }
    }

    /// <summary>How many parts there are.</summary>
    public int Parts { get; }

    /// <summary>How many of them, the first ones, share their id with others.</summary>
    public int SharedParts { get; }

    /// <summary>The id of each part; where each begins in these numbers, and where the last ends; the rows of all parts.</summary>
    public ReadOnlySpan<int> Numbers => _numbers;

    /// <summary>The ids of the shared parts.</summary>
    public ReadOnlySpan<int> IdsOfSharedParts => _numbers.AsSpan(0, SharedParts);
}
