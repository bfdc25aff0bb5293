using System.Runtime.InteropServices;

namespace MiniLstm.Engine;

/// <summary>Unmanaged memory at whole cache lines, which the garbage collector neither moves nor scans.</summary>
/// <remarks>
/// Each buffer begins some cache lines further on in its page than the one before. Large blocks of the system all begin at a page; what a recurrent
/// step reads and writes at the same index of ten buffers would then fall into the same sets of the first-level cache, and take twice the time.
/// Large ones lie in huge pages where the system grants them: products read rows that are pages apart.
/// </remarks>
internal sealed unsafe class HostBuffer : DeviceBuffer
{
    /// <summary>Bytes of a line of the cache.</summary>
    public const int CacheLine = 64;

    private const int LinesOfPage = 64;

    // Prime to the lines of a page, and so far apart that neighbours do not meet.
    private const int LinesApart = 27;

    private void* _block;

    /// <summary>Reserves memory.</summary>
    /// <param name="count">Elements.</param>
    /// <param name="kind">What an element is.</param>
    /// <param name="number">How many buffers were made before.</param>
    /// <exception cref="OutOfMemoryException">There is no more.</exception>
    public HostBuffer(long count, ElementKind kind, uint number)
        : base(count, kind)
    {
        long bytes = checked(count * ElementBytes(kind));
        uint line = bytes < LinesOfPage * CacheLine ? 0 : number * LinesApart % LinesOfPage;
        nuint size = checked((nuint)(bytes + line * CacheLine));
        _block = NativeMemory.AlignedAlloc(size, HugePages.AlignmentOf(size, CacheLine));
        HugePages.Advise(_block, size);
        Pointer = (byte*)_block + line * CacheLine;
    }

    /// <summary>The first element.</summary>
    public void* Pointer { get; private set; }

    protected internal override void Free()
    {
        NativeMemory.AlignedFree(_block);
        _block = null;
        Pointer = null;
    }
}
