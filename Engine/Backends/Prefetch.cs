using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MiniLstm.Engine;

/// <summary>Starts to fetch lines into the cache before they are needed. Addresses need not be valid. Only where .NET can say it: not on Arm.</summary>
internal static unsafe class Prefetch
{
    /// <summary>Whether it does anything.</summary>
    public static bool IsSupported => Sse.IsSupported;

    /// <summary>Into the first level, for the near future.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Near(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    /// <summary>Into the second level: for what is needed later, or is more than the first level holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Far(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }
}
