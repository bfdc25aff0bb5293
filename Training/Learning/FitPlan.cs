using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MiniLstm.Training;

/// <summary>The arguments of one <see cref="Learner.Fit"/>, checked.</summary>
internal sealed record FitPlan(
    Dataset Training,
    Dataset? Validation,
    int Epochs,
    int BatchSize,
    int InitialEpoch,
    bool Shuffles,
    ulong Seed,
    StatePolicy States,
    IReadOnlyList<Callback> Callbacks,
    string? BackupPath)
{
    /// <summary>How many batches an epoch has; the last one may be smaller.</summary>
    public int Batches => (Training.Count + BatchSize - 1) / BatchSize;

    /// <summary>The order of the samples in an epoch.</summary>
    public int[] OrderOf(int epoch) => Shuffles
        ? Shuffle.Of(Training.Count, Seed, epoch)
        : Shuffle.None(Training.Count);

    /// <summary>SHA-256 of the training data, in hexadecimal: by it a backup knows its data.</summary>
    public string DataHash => field ??= HashOf([Training.Inputs, Training.Labels, Training.Weights]);

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

    private static string HashOf(IEnumerable<Samples?> arrays)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Samples samples in arrays.OfType<Samples>())
        {
            hash.AppendData(
                samples.AreIds ? MemoryMarshal.AsBytes(samples.Ids) : MemoryMarshal.AsBytes(samples.Values));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
