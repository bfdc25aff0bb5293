using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MiniLstm.Engine;

/// <summary>What the processor is told about memory.</summary>
internal static unsafe class Cache
{
    /// <summary>Starts to fetch the line of an address, which need not be valid, where .NET can say so; elsewhere it does nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    /// <summary>The same, into the second level: for what is needed later, or is more than the first level holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchFar(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }
}
