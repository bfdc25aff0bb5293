using System.Text;
using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Random streams of a run that are told apart by name, so that one more consumer changes no other's
/// numbers.</summary>
/// <param name="seed">The run's seed.</param>
public sealed class NamedStreams(ulong seed)
{
    private readonly List<RandomStream> _all = [];

    /// <summary>The streams made so far, in order.</summary>
    public IReadOnlyList<RandomStream> All => _all;

    /// <summary>Makes the stream of a consumer.</summary>
    /// <param name="name">A name that no other consumer of the run has.</param>
    /// <returns>The stream, at its start.</returns>
    public RandomStream Add(string name)
    {
        RandomStream stream = Of(seed, name);
        _all.Add(stream);
        return stream;
    }

    /// <summary>The stream of a name.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="name">The name; its FNV-1a hash of 64 bits becomes the stream's number.</param>
    /// <returns>The stream, at its start.</returns>
    public static RandomStream Of(ulong seed, string name)
    {
        const ulong Basis = 14695981039346656037;
        const ulong Prime = 1099511628211;
        ulong hash = Basis;
        foreach (byte value in Encoding.UTF8.GetBytes(name))
            hash = unchecked((hash ^ value) * Prime);
        return new(seed, hash);
    }
}
