namespace MiniLstm.Engine;

/// <summary>A range of random words: a pure function of where it lies, so that backward can draw the same numbers again.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Stream">Which consumer.</param>
/// <param name="Offset">Index of the first word.</param>
public readonly record struct RandomRange(ulong Seed, ulong Stream, ulong Offset)
{
    /// <summary>Number <paramref name="index"/> of the range, uniform in [0, 1).</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <returns>A multiple of 2^-24.</returns>
    public double Uniform(long index) => Philox.ToUnit(Philox.Word(Seed, Stream, Offset + (ulong)index));
}

/// <summary>
/// The random numbers of one consumer, such as one dropout layer. Its whole state is <see cref="Offset"/>, which checkpoints keep.
/// </summary>
/// <param name="seed">The run's seed.</param>
/// <param name="stream">A number that no other consumer of the run has.</param>
public sealed class RandomStream(ulong seed, ulong stream)
{
    /// <summary>The run's seed.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>Which consumer.</summary>
    public ulong Stream { get; } = stream;

    /// <summary>How many words were taken so far.</summary>
    public ulong Offset { get; set; }

    /// <summary>Takes the next words, in whole blocks of four.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Where they lie: the offset is a multiple of four.</returns>
    public RandomRange Take(long count)
    {
        RandomRange range = new(Seed, Stream, WholeBlocks(Offset));
        Offset = WholeBlocks(range.Offset + (ulong)count);
        return range;
    }

    /// <summary>The next number, uniform in [0, 1).</summary>
    /// <returns>A multiple of 2^-24.</returns>
    public double NextUniform() => Philox.ToUnit(Philox.Word(Seed, Stream, Offset++));

    /// <summary>The next number, normally distributed with mean 0 and deviation 1 (Box and Muller, 1958).</summary>
    /// <returns>The number; takes two words.</returns>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextUniform()));
        return radius * Math.Cos(2 * Math.PI * NextUniform());
    }

    private static ulong WholeBlocks(ulong words) => (words + 3) / 4 * 4;
}
