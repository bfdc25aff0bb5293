using System.Diagnostics;

namespace MiniLstm.App;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    /// <summary>A loss in both units.</summary>
    /// <param name="nats">Nats per character.</param>
    /// <returns>Such as <c>1.532 nats, 2.210 bits per character</c>.</returns>
    public static string Loss(double nats) => $"{nats:F3} nats, {nats / Math.Log(2):F3} bits per character";

    /// <summary>A length of time.</summary>
    /// <param name="time">The time.</param>
    /// <returns>Such as <c>2:05</c> or <c>1:00:00</c>.</returns>
    public static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(long)time.TotalHours}:{time:mm\\:ss}" : $"{time:m\\:ss}";

    /// <summary>An amount of memory.</summary>
    /// <param name="bytes">Bytes.</param>
    /// <returns>Such as <c>312 MB</c>.</returns>
    public static string Memory(long bytes) =>
        bytes >= 10_000_000_000 ? $"{bytes / 1e9:F1} GB" : $"{bytes / 1e6:F0} MB";

    /// <summary>The most memory that this process had so far.</summary>
    /// <returns>Bytes.</returns>
    public static long PeakBytes()
    {
        using Process process = Process.GetCurrentProcess();

        // Some systems do not keep the peak and say 0.
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64);
    }
}
