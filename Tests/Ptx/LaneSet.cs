using System.Numerics;

namespace MiniLstm.Tests;

/// <summary>The numbers of the bits of a mask, in order: <c>foreach (int lane in new LaneSet(mask))</c>.</summary>
/// <param name="mask">A bit for each lane.</param>
public struct LaneSet(uint mask)
{
    private uint _rest = mask;

    /// <summary>The lane that it is the turn of.</summary>
    public int Current { readonly get; private set; }

    /// <summary>The set itself.</summary>
    public readonly LaneSet GetEnumerator() => this;

    /// <summary>Goes on to the next lane.</summary>
    public bool MoveNext()
    {
        if (_rest == 0)
            return false;
        Current = BitOperations.TrailingZeroCount(_rest);
        _rest &= _rest - 1;
        return true;
    }

    /// <summary>Lanes as a message names them: <c>0-3, 7</c>, numbered from a thread on.</summary>
    public static string Describe(uint lanes, int firstThread = 0)
    {
        List<string> ranges = [];
        while (lanes != 0)
        {
            int first = BitOperations.TrailingZeroCount(lanes);
            int count = BitOperations.TrailingZeroCount(~(ulong)(lanes >> first));
            int last = first + count - 1;
            ranges.Add(count == 1 ? $"{firstThread + first}" : $"{firstThread + first}-{firstThread + last}");
            lanes &= last == 31 ? 0 : uint.MaxValue << (last + 1);
        }

        return string.Join(", ", ranges);
    }
}
