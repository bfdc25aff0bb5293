using MiniLstm.Engine;

namespace MiniLstm.App;

/// <summary>The devices that this version knows.</summary>
internal static class Devices
{
    public const string Host = "host";
    public const string Reference = "reference";

    public static string[] All { get; } = [Host, Reference];

    /// <summary>Opens a device. No more memory is taken than the machine has: there is an error before the system ends
    /// the process.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="threads">How many threads compute; null: one for each processor.</param>
    /// <param name="poison">Whether all memory is filled with NaN first, to find out what is read before it is
    /// written.</param>
    /// <returns>The device; dispose of it.</returns>
    public static Backend Open(string name, int? threads, bool poison = false)
    {
        var options = new BackendOptions(poison, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        return name switch
        {
            Host => HostBackend.Create(new HostOptions(threads ?? 0, options)),
            Reference => new ReferenceBackend(options),
            _ => throw new UsageException($"device '{name}': expected one of {string.Join(", ", All)}"),
        };
    }
}
