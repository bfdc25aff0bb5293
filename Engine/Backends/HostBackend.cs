using System.Runtime.Intrinsics;

namespace MiniLstm.Engine;

/// <summary>How the host backend computes.</summary>
/// <param name="Threads">How many threads; 0: one for each processor.</param>
/// <param name="Backend">How its pool behaves.</param>
public readonly record struct HostOptions(int Threads, BackendOptions Backend)
{
    /// <summary>How products read weights that stay; anything but float32 is for inference.</summary>
    public WeightFormat Weights { get; init; }

    /// <summary>All processors, neither poison nor a limit.</summary>
    public static HostOptions Default => new(0, BackendOptions.Default);
}

/// <summary>The processor of this machine: float32, SIMD of whatever width it has, worker threads.</summary>
/// <remarks>
/// Bits depend on shapes alone: not on the number of threads, and not on the width of vectors where the machine multiplies and adds in one
/// rounding. <see cref="Create(HostOptions)"/> chooses the width; the code is written once, generic over it.
/// </remarks>
public abstract class HostBackend : Backend
{
    private protected HostBackend(HostOptions options)
        : base(options.Backend)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads);
        Weights = options.Weights;
        Workers = new WorkerPool(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
    }

    /// <inheritdoc/>
    public override string Name => "host";

    /// <inheritdoc/>
    public override ElementKind Real => ElementKind.Float32;

    /// <summary>How many threads compute.</summary>
    public int Threads => Workers.Count;

    /// <summary>How products read weights that stay.</summary>
    public WeightFormat Weights { get; }

    /// <inheritdoc/>
    public override string? WhyNoTraining => Weights == WeightFormat.Float32
        ? null
        : $"products read weights as {Weights} here, which is for inference; training needs {WeightFormat.Float32}";

    /// <inheritdoc/>
    public override bool DrawsVersions => true;

    /// <summary>What the lanes are: <c>1 x 512 bits</c>, <c>2 x 256 bits</c> or <c>4 x 128 bits</c>.</summary>
    public abstract string Vectors { get; }

    private protected WorkerPool Workers { get; }

    /// <summary>Whether recurrent layers run in the schedule that all backends share, on this one's primitives: tests hold the two
    /// together.</summary>
    internal bool RunsStepwise { get; set; }

    /// <summary>Makes a backend with the widest vectors of this machine, for all processors.</summary>
    /// <returns>The backend; dispose of it.</returns>
    public static HostBackend Create() => Create(HostOptions.Default);

    /// <summary>Makes a backend with the widest vectors of this machine.</summary>
    /// <param name="options">Threads and memory.</param>
    /// <returns>The backend; dispose of it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    public static HostBackend Create(HostOptions options)
    {
        if (Vector512.IsHardwareAccelerated)
            return new HostBackend<Lanes16>(options);
        if (Vector256.IsHardwareAccelerated)
            return new HostBackend<Lanes8x2>(options);
        return new HostBackend<Lanes4x4>(options);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Workers.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }
}
