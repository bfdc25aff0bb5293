namespace MiniLstm.Engine;

/// <summary>What the elements of a buffer are.</summary>
public enum ElementKind
{
    /// <summary>32-bit floating point: values of the host backend and of accelerators.</summary>
    Float32,

    /// <summary>64-bit floating point: values of <see cref="ReferenceBackend"/>.</summary>
    Float64,

    /// <summary>32-bit integers: token ids, targets, masks, positions.</summary>
    Int32,
}

/// <summary>A block of memory on a device. Backends derive from it; users see it through <see cref="View"/>.</summary>
/// <param name="count">Number of elements.</param>
/// <param name="kind">What an element is.</param>
public abstract class DeviceBuffer(long count, ElementKind kind)
{
    private static long _versions;

    /// <summary>Number of elements.</summary>
    public long Count { get; } = count;

    /// <summary>What an element is.</summary>
    public ElementKind Kind { get; } = kind;

    /// <summary>Bytes that the elements take.</summary>
    public long Bytes => Count * ElementBytes(Kind);

    /// <summary>
    /// Which content this is: drawn from one process-wide counter at every write by an optimiser or by loading, so that copies
    /// of weights in a kernel's own layout can be kept as long as it stays the same. 0: changes at any time, never keep a copy.
    /// </summary>
    public long Version { get; private set; }

    /// <summary>What the buffer is rented for; reports of leaks and of exhausted memory show it.</summary>
    public string Purpose { get; private set; } = "";

    internal bool IsRented { get; private set; }

    /// <summary>Says that the content was written as a whole and will stay until the next call: copies may be kept.</summary>
    public void MarkChanged() => Version = Interlocked.Increment(ref _versions);

    internal void Rented(string purpose)
    {
        IsRented = true;
        Purpose = purpose;
        Version = 0;
    }

    internal void Returned() => IsRented = false;

    /// <summary>Bytes of one element.</summary>
    /// <param name="kind">What the element is.</param>
    /// <returns>4 or 8.</returns>
    internal static int ElementBytes(ElementKind kind) => kind == ElementKind.Float64 ? 8 : 4;

    /// <summary>Gives the memory back to the device.</summary>
    protected internal abstract void Free();
}
