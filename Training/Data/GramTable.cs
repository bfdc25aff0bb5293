namespace MiniLstm.Training;

/// <summary>
/// The distinct n-grams of one length, numbered 0, 1, 2, … as they are added. An n-gram is a pair: the number of the
/// (n-1)-gram that it begins with, and its last token; so a gram of any length over any vocabulary is 64 bits.
/// </summary>
/// <remarks>A hash table with open addressing and linear probing, at most half full; 16 to 24 bytes a gram.</remarks>
internal sealed class GramTable
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    // Number + 1 of the gram in each slot, 0 where there is none.
    private int[] _slots = new int[16];
    private ulong[] _grams = new ulong[8];

    public int Count { get; private set; }

    /// <summary>The number of a gram, or -1 where there is none.</summary>
    /// <param name="context">The number of the gram without its last token.</param>
    /// <param name="token">Its last token.</param>
    /// <returns>The number or -1.</returns>
    public int Find(int context, int token)
    {
        ulong gram = Pack(context, token);
        return _slots[SlotOf(gram)] - 1;
    }

    /// <summary>The number of a gram, which is added if it is new.</summary>
    /// <param name="context">The number of the gram without its last token.</param>
    /// <param name="token">Its last token.</param>
    /// <param name="added">Whether it was new.</param>
    /// <returns>The number.</returns>
    public int FindOrAdd(int context, int token, out bool added)
    {
        ulong gram = Pack(context, token);
        int slot = SlotOf(gram);
        added = _slots[slot] == 0;
        if (!added)
            return _slots[slot] - 1;

        if (Count == _grams.Length)
        {
            Grow();
            slot = SlotOf(gram);
        }

        _grams[Count] = gram;
        Count++;
        _slots[slot] = Count;
        return Count - 1;
    }

    /// <summary>The number of the gram without its last token.</summary>
    /// <param name="gram">The number of a gram.</param>
    /// <returns>The number of its context.</returns>
    public int ContextOf(int gram) => (int)(_grams[gram] >> 32);

    private static ulong Pack(int context, int token) => ((ulong)(uint)context << 32) | (uint)token;

    // The slot that holds the gram, or else the empty one where it would go.
    private int SlotOf(ulong gram)
    {
        int mask = _slots.Length - 1;
        int slot = (int)(Mix(gram) >> 32) & mask;
        while (_slots[slot] != 0 && _grams[_slots[slot] - 1] != gram)
            slot = (slot + 1) & mask;
        return slot;
    }

    private static ulong Mix(ulong gram)
    {
        ulong mixed = gram * Golden;
        return (mixed ^ (mixed >> 32)) * Golden;
    }

    private void Grow()
    {
        Array.Resize(ref _grams, 2 * _grams.Length);
        _slots = new int[2 * _slots.Length];
        for (int gram = 0; gram < Count; gram++)
            _slots[SlotOf(_grams[gram])] = gram + 1;
    }
}
