using ILGPU.Runtime;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>A block of memory of one accelerator, in elements of four bytes.</summary>
/// <param name="owner">The backend that it belongs to.</param>
/// <param name="memory">The memory: of float32 or of 32-bit integers.</param>
/// <param name="count">Number of elements.</param>
/// <param name="kind">What an element is.</param>
internal sealed class IlgpuBuffer(IlgpuBackend owner, MemoryBuffer memory, long count, ElementKind kind) : DeviceBuffer(count, kind)
{
    /// <summary>The backend that it belongs to.</summary>
    public IlgpuBackend Owner { get; } = owner;

    /// <summary>The memory; null once it was freed.</summary>
    public MemoryBuffer? Memory { get; private set; } = memory;

    /// <inheritdoc/>
    protected internal override void Free()
    {
        if (Memory is { } memory)
            DeviceFailure.Ignore(memory.Dispose);
        Memory = null;
    }
}
