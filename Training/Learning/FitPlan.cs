using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MiniLstm.Training;

/// <summary>The arguments of one <c>Fit</c>, checked.</summary>
internal sealed record FitPlan(
    Dataset Training,
    Dataset? Validation,
    int Epochs,
    int BatchSize,
    int InitialEpoch,
    SampleOrder Order,
    ulong Seed,
    StatePolicy States,
    IReadOnlyList<Callback> Callbacks,
    string? BackupPath)
{
    /// <summary>How many batches an epoch has; the last one may be smaller.</summary>
    public int Batches => (Training.Count + BatchSize - 1) / BatchSize;

    /// <summary>The order of the samples in an epoch.</summary>
    public int[] OrderOf(int epoch) => Order switch
    {
        SampleOrder.Given => Shuffle.None(Training.Count),
        SampleOrder.Shuffled => Shuffle.Of(Training.Count, Seed, epoch),
        _ => Shuffle.ByLength(LengthsOf(Training), BatchSize, Seed, epoch),
    };

    /// <summary>SHA-256 of the training data, in hexadecimal: by it a backup knows its data.</summary>
    public string DataHash => field ??= HashOf([.. Training.Inputs, .. Training.Labels, Training.Weights]);

    /// <summary>How an epoch goes through its samples.</summary>
    /// <exception cref="ArgumentException">They cannot be grouped.</exception>
    public static SampleOrder OrderFor(Dataset data, bool shuffles, bool groupsByLength)
    {
        if (!groupsByLength)
            return shuffles ? SampleOrder.Shuffled : SampleOrder.Given;
        if (!shuffles)
            throw new ArgumentException("Fit: groupByLength with shuffle: false, expected one order");
        _ = LengthsOf(data);
        return SampleOrder.GroupedByLength;
    }

    /// <summary>Checks that each batch continues the one before.</summary>
    /// <exception cref="ArgumentException">It does not, though states are carried.</exception>
    public static void CheckStates(StatePolicy states, int count, int batchSize, bool shuffles, string operation)
    {
        if (states == StatePolicy.Reset)
            return;
        if (shuffles)
            throw new ArgumentException(
                $"{operation}: carried states with shuffled samples, expected shuffle: false, so that each batch " +
                "continues the one before");
        if (count % batchSize != 0)
            throw new ArgumentException(
                $"{operation}: carried states with {count} samples in batches of {batchSize}, expected whole batches");
    }

    private static ReadOnlySpan<int> LengthsOf(Dataset data) => data.Inputs[0].Lengths is { } lengths
        ? lengths.Span
        : throw new ArgumentException(
            "Fit: groupByLength, but the first input has no lengths; Samples.OfSequences or WithLengths gives them");

    private static string HashOf(IEnumerable<Samples?> arrays)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Samples samples in arrays.OfType<Samples>())
        {
            hash.AppendData(
                samples.AreIds ? MemoryMarshal.AsBytes(samples.Ids) : MemoryMarshal.AsBytes(samples.Values));
            if (samples.Lengths is { } lengths)
                hash.AppendData(MemoryMarshal.AsBytes(lengths.Span));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
