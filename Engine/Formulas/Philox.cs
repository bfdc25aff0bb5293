namespace MiniLstm.Engine;

/// <summary>
/// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): a block of four random words as a pure
/// function of a key and a counter, the same on every device and in every order of evaluation.
/// </summary>
public static class Philox
{
    private const uint FirstMultiplier = 0xD2511F53;
    private const uint SecondMultiplier = 0xCD9E8D57;
    private const uint FirstWeyl = 0x9E3779B9;
    private const uint SecondWeyl = 0xBB67AE85;

    /// <summary>One block of four random words.</summary>
    /// <param name="seed">The key.</param>
    /// <param name="stream">The upper half of the counter: which consumer.</param>
    /// <param name="block">The lower half of the counter: which block.</param>
    /// <returns>Four independent, uniformly distributed words.</returns>
    public static (uint X, uint Y, uint Z, uint W) Block(ulong seed, ulong stream, ulong block)
    {
        uint x = (uint)block;
        uint y = (uint)(block >> 32);
        uint z = (uint)stream;
        uint w = (uint)(stream >> 32);
        uint firstKey = (uint)seed;
        uint secondKey = (uint)(seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong first = (ulong)FirstMultiplier * x;
            ulong second = (ulong)SecondMultiplier * z;
            x = (uint)(second >> 32) ^ y ^ firstKey;
            y = (uint)second;
            z = (uint)(first >> 32) ^ w ^ secondKey;
            w = (uint)first;
            firstKey += FirstWeyl;
            secondKey += SecondWeyl;
        }

        return (x, y, z, w);
    }

    /// <summary>One word: number <paramref name="index"/> % 4 of block <paramref name="index"/> / 4.</summary>
    /// <param name="seed">The key.</param>
    /// <param name="stream">Which consumer.</param>
    /// <param name="index">Which word of the stream.</param>
    /// <returns>A uniformly distributed word.</returns>
    public static uint Word(ulong seed, ulong stream, ulong index)
    {
        (uint x, uint y, uint z, uint w) = Block(seed, stream, index >> 2);
        return ((int)index & 3) switch { 0 => x, 1 => y, 2 => z, _ => w };
    }

    /// <summary>A word as a number in [0, 1): its upper 24 bits, which float32 holds exactly.</summary>
    /// <param name="word">The word.</param>
    /// <returns>A multiple of 2^-24.</returns>
    public static double ToUnit(uint word) => (word >> 8) * (1.0 / (1 << 24));

    /// <summary>What the upper 24 bits of a word are compared with: exactly the words below it are numbers below p, since both are multiples of
    /// 2^-24 after this.</summary>
    /// <param name="probability">p, in [0, 1].</param>
    /// <returns>A whole number up to 2^24.</returns>
    internal static uint Threshold(double probability) => (uint)Math.Ceiling(probability * (1 << 24));
}
