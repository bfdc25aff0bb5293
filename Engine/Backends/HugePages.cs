using System.Runtime.InteropServices;

namespace MiniLstm.Engine;

/// <summary>Pages of 2 MB, of which a processor remembers where 512 times as much memory lies. Linux gives them to who asks; elsewhere none are asked
/// for.</summary>
internal static unsafe partial class HugePages
{
    /// <summary>How large a page is, and what it begins at a multiple of.</summary>
    public const int Bytes = 2 << 20;

    // MADV_HUGEPAGE of <sys/mman.h>
    private const int AdviceHugePage = 14;

    private static bool _areUnknown = !OperatingSystem.IsLinux();

    /// <summary>Asks for huge pages. That none are given is no error.</summary>
    /// <param name="block">First byte, at a multiple of <see cref="Bytes"/>.</param>
    /// <param name="size">How many bytes; fewer than one page: nothing is asked for.</param>
    public static void Advise(void* block, nuint size)
    {
        if (_areUnknown || size < Bytes)
            return;
        try
        {
            _ = Advise(block, size, AdviceHugePage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system library of another name.
            _areUnknown = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
