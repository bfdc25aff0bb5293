namespace MiniLstm.Engine;

/// <summary>
/// A device that computes: the contract between the engine and what it runs on. All values of a backend have one kind
/// (<see cref="Real"/>), hyper-parameters are double everywhere.
/// </summary>
/// <remarks>
/// <para>Destination-passing: every method writes into a view that the caller rented, and rents scratch from the pool at most. Where there is a flag
/// <c>add</c>, the result is added to what is there; else it replaces it. Operands never overlap the destination unless said.</para>
/// <para>Three tiers. Tier 1: memory and primitives, which every backend has. Tier 2: the pointwise part of one recurrent step. Tier 3:
/// a recurrent layer over all steps, written once here over tiers 1 and 2, for backends that can do no better. Shapes are checked by
/// operations, once, not again here.</para>
/// <para>On a backend that keeps copies of weights in a layout of its own, whatever writes into a buffer that has a version draws a new
/// one (<see cref="DeviceBuffer.Version"/>).</para>
/// <para>A backend serves one thread at a time; operations and walks back check it. Results are the same for every number of worker threads: bits
/// depend on shapes alone.</para>
/// </remarks>
public abstract partial class Backend : IDisposable
{
    private string? _running;
    private List<View>? _spareList;

    /// <summary>Makes the backend's pool.</summary>
    /// <param name="options">How the pool behaves.</param>
    protected Backend(BackendOptions options) => Pool = new(this, options.Poison, options.MemoryLimitBytes);

    /// <summary>The device, as lists and errors name it.</summary>
    public abstract string Name { get; }

    /// <summary>The kind of every floating-point value here.</summary>
    public abstract ElementKind Real { get; }

    /// <summary>Which ways computations took here.</summary>
    public PathLog Paths { get; } = new();

    /// <summary>Why nothing can be trained here; null if it can.</summary>
    public virtual string? WhyNoTraining => null;

    /// <summary>Whether everything that writes into a buffer with a version draws a new one, so that what follows from its content may be
    /// kept.</summary>
    public virtual bool DrawsVersions => false;

    /// <summary>Whether its memory is not the host's, so that reading it waits until all that was launched is done.</summary>
    public virtual bool HasOwnMemory => false;

    /// <summary>The memory manager.</summary>
    public BufferPool Pool { get; }

    /// <summary>Frees all memory, rented or not; the backend is unusable afterwards.</summary>
    public virtual void Dispose()
    {
        Pool.FreeAll();
        GC.SuppressFinalize(this);
    }

    /// <summary>Claims the backend for the calling thread, until <see cref="Leave"/>.</summary>
    /// <param name="operation">What is about to run.</param>
    /// <exception cref="InvalidOperationException">Another thread is in the middle of an operation.</exception>
    internal void Enter(string operation)
    {
        if (Interlocked.CompareExchange(ref _running, operation, null) is { } other)
            throw new InvalidOperationException(
                $"{Name}: {operation} called while {other} is running; a backend serves one thread at a time");
    }

    /// <summary>A list for a tape's rents: that of an earlier tape, so that a step of training makes none.</summary>
    internal List<View> TakeSpareList() => Interlocked.Exchange(ref _spareList, null) ?? [];

    /// <summary>Gives such a list back.</summary>
    internal void GiveSpareList(List<View> list)
    {
        list.Clear();
        _spareList = list;
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    internal void Leave() => Volatile.Write(ref _running, null);

    /// <summary>Asks the device for memory.</summary>
    /// <param name="count">Number of elements.</param>
    /// <param name="kind">What an element is.</param>
    /// <returns>A buffer of undefined content.</returns>
    /// <exception cref="OutOfMemoryException">The device has no more.</exception>
    protected internal abstract DeviceBuffer Allocate(long count, ElementKind kind);

    /// <summary>Holds a transfer between host and device against the view, once a call, before any memory is touched.</summary>
    /// <param name="view">The device's side.</param>
    /// <param name="count">How many elements the host's side has.</param>
    /// <param name="kind">What its elements become on the device.</param>
    /// <exception cref="ShapeException">The counts differ, or the kinds do.</exception>
    protected static void CheckTransfer(View view, int count, ElementKind kind)
    {
        if (view.Count != count || view.Buffer.Kind != kind)
            throw new ShapeException(
                $"transfer: {count} elements of {kind} on the host, '{view.Buffer.Purpose}' {view.Shape} of {view.Buffer.Kind} on the device");
    }

    /// <summary>Drops whatever the backend keeps about a buffer that returns to the pool.</summary>
    /// <param name="buffer">The buffer.</param>
    protected internal virtual void Forget(DeviceBuffer buffer)
    {
    }
}

/// <summary>How a backend treats memory.</summary>
/// <param name="Poison">Whether every rented and returned buffer is filled with NaN, as tests want.</param>
/// <param name="MemoryLimitBytes">The most that may be rented at once.</param>
public readonly record struct BackendOptions(bool Poison, long MemoryLimitBytes)
{
    /// <summary>Neither poison nor a limit.</summary>
    public static BackendOptions Default => new(false, long.MaxValue);
}
