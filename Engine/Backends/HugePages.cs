using System.Runtime.InteropServices;

namespace MiniLstm.Engine;

/// <summary>Huge pages, most often of 2 MB: one entry of the processor's table of pages then covers 512 times as much memory. Linux grants them on
/// request; elsewhere none are asked for.</summary>
internal static unsafe partial class HugePages
{
    private const int Bytes = 2 << 20;

    // MADV_HUGEPAGE of <sys/mman.h>
    private const int AdviceHugePage = 14;

    private static bool _areUnavailable = !OperatingSystem.IsLinux();

    /// <summary>What a block of memory should begin at a multiple of, so that pages of its own fit it.</summary>
    /// <param name="size">How many bytes it has.</param>
    /// <param name="least">What it begins at a multiple of if it is too small, or where there are no such pages.</param>
    /// <returns>Bytes.</returns>
    public static nuint AlignmentOf(nuint size, nuint least) => _areUnavailable || size < Bytes ? least : Bytes;

    /// <summary>Asks for huge pages. That none are given is no error.</summary>
    /// <param name="block">First byte, as <see cref="AlignmentOf"/> says.</param>
    /// <param name="size">How many bytes; fewer than one page: nothing is asked for.</param>
    public static void Advise(void* block, nuint size)
    {
        if (_areUnavailable || size < Bytes)
            return;
        try
        {
            _ = Advise(block, size, AdviceHugePage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system library of another name.
            _areUnavailable = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
