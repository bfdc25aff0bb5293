using System.Runtime.InteropServices;

namespace MiniLstm.Engine;

/// <summary>Unmanaged memory at whole cache lines, which the garbage collector neither moves nor scans.</summary>
internal sealed unsafe class HostBuffer(long count, ElementKind kind) : DeviceBuffer(count, kind)
{
    private const int CacheLine = 64;

    /// <summary>The first element.</summary>
    public void* Pointer { get; private set; } =
        NativeMemory.AlignedAlloc(checked((nuint)(count * ElementBytes(kind))), CacheLine);

    protected internal override void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
