using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MiniLstm.Engine;

/// <summary>Starts to fetch lines into the cache before they are needed. Addresses need not be valid. Only where .NET can say it: not on Arm.</summary>
internal static unsafe class Prefetch
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int FloatsOfLine = HostBuffer.CacheLine / sizeof(float);

    /// <summary>One line, into the first level of the cache: for the near future.</summary>
    [MethodImpl(Inline)]
    public static void Near(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    /// <summary>Some values of each row, likewise.</summary>
    [MethodImpl(Inline)]
    public static void NearRows(float* first, long stride, int rows, int count)
    {
        for (int row = 0; Sse.IsSupported && row < rows; row++, first += stride)
        {
            for (int j = 0; j < count; j += FloatsOfLine)
                Sse.Prefetch0(first + j);
        }
    }

    /// <summary>Some values of each row, into the second level: for what is needed later, or is more than the first level holds.</summary>
    [MethodImpl(Inline)]
    public static void FarRows(float* first, long stride, int rows, int count)
    {
        for (int row = 0; Sse.IsSupported && row < rows; row++, first += stride)
        {
            for (int j = 0; j < count; j += FloatsOfLine)
                Sse.Prefetch1(first + j);
        }
    }
}
