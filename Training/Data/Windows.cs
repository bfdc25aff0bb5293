using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>
/// The windows of truncated back-propagation through time over one text: the text is cut into as many contiguous lanes
/// as a batch has rows, and window after window walks along all lanes at once, so that the recurrent state that row b
/// ends one window with is the one that row b begins the next with.
/// </summary>
/// <remarks>
/// With n tokens, windows of T and batches of B, a lane is L = (n - 1) / B tokens long and an epoch has L / T windows,
/// whole ones only. Row b of window w of an epoch begins at token <c>b * L + offset + w * T</c>; the offset, from 0 to
/// L % T, is drawn for each epoch (Philox with the seed, indexed by the epoch), so that neither are the cuts always at
/// the same tokens nor is it always the same rest that is not learnt from. Everything is a pure function of the
/// window's number: a run can go on from any.
/// </remarks>
public sealed class Windows
{
    // The random stream that this class alone draws from: "WINDOWS" in ASCII.
    private const ulong Stream = 0x57494E444F5753;

    private readonly ReadOnlyMemory<int> _ids;
    private readonly int _lane;

    /// <summary>Lays windows over a text.</summary>
    /// <param name="ids">[n], the token ids of the text; not copied.</param>
    /// <param name="steps">T, the length of a window, at least 1.</param>
    /// <param name="batch">B, the number of lanes, at least 1.</param>
    /// <param name="seed">What the offsets of the epochs depend on.</param>
    /// <exception cref="ArgumentOutOfRangeException">Steps or batch is below 1.</exception>
    /// <exception cref="DataException">The text is too short for one window.</exception>
    public Windows(ReadOnlyMemory<int> ids, int steps, int batch, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        long needed = ((long)steps * batch) + 1;
        if (ids.Length < needed)
            throw new DataException(
                $"the text has {ids.Length} tokens, but a batch of {batch} windows of {steps} needs {needed}; give a " +
                "longer text, or make the window or the batch smaller");

        _ids = ids;
        _lane = (ids.Length - 1) / batch;
        Steps = steps;
        Batch = batch;
        Seed = seed;
    }

    /// <summary>T, the length of a window.</summary>
    public int Steps { get; }

    /// <summary>B, the number of lanes.</summary>
    public int Batch { get; }

    /// <summary>What the offsets of the epochs depend on.</summary>
    public ulong Seed { get; }

    /// <summary>How many windows an epoch has, at least 1.</summary>
    public int PerEpoch => _lane / Steps;

    /// <summary>SHA-256 of the token ids, in hexadecimal: by it a checkpoint knows its text.</summary>
    internal string TextHash =>
        field ??= Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(_ids.Span)));

    /// <summary>Writes one window and what follows each of its tokens.</summary>
    /// <param name="window">
    /// The window's number in the whole run, from 0: with P = <see cref="PerEpoch"/> it is number window % P of epoch
    /// window / P. The first one of an epoch does not continue the last one of the epoch before.
    /// </param>
    /// <param name="inputs">[T, B], written.</param>
    /// <param name="targets">[T, B], written: the token after each input.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window's number is negative.</exception>
    /// <exception cref="ArgumentException">A span does not have T * B elements.</exception>
    public void Fill(long window, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        int count = Steps * Batch;
        if (inputs.Length != count || targets.Length != count)
            throw new ArgumentException(
                $"Windows.Fill: {inputs.Length} inputs and {targets.Length} targets, expected [{Steps}, {Batch}], " +
                $"{count} of each");

        (long epoch, long place) = Math.DivRem(window, PerEpoch);
        ReadOnlySpan<int> ids = _ids.Span;
        int start = OffsetOf(epoch) + (int)(place * Steps);
        for (int b = 0; b < Batch; b++)
        {
            // At most _ids.Length - 1 - Steps: the last target is the last token.
            int first = (b * _lane) + start;
            for (int t = 0; t < Steps; t++)
            {
                inputs[(t * Batch) + b] = ids[first + t];
                targets[(t * Batch) + b] = ids[first + t + 1];
            }
        }
    }

    private int OffsetOf(long epoch)
    {
        uint choices = (uint)(_lane % Steps) + 1;
        return (int)(Philox.Word(Seed, Stream, (ulong)epoch) % choices);
    }
}
