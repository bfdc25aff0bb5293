using System.Text;

namespace MiniLstm.Training;

/// <summary>
/// FNV-1a with 64 bits (Fowler, Noll and Vo): the same number for the same text on every machine and in every version,
/// which <see cref="string.GetHashCode()"/> does not promise. Splits of data depend on it: it must never change.
/// </summary>
internal static class StableHash
{
    private const ulong OffsetBasis = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    public static ulong Of(string text)
    {
        ulong hash = OffsetBasis;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            hash ^= b;
            hash *= Prime;
        }

        return hash;
    }
}
