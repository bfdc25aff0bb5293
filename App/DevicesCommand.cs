using System.CommandLine;
using System.Runtime.InteropServices;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.App;

/// <summary><c>minilstm devices</c>: what this machine can compute with.</summary>
internal sealed class DevicesCommand() : ProgramCommand("devices", "Lists what can compute on this machine.")
{
    // On Linux.
    private const string ProcessorFile = "/proc/cpuinfo";
    private const string ModelKey = "model name";

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm devices", "the names that --device takes, and what stands behind them"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation)
    {
        using HostBackend host = HostBackend.Create();
        Console.WriteLine(
            $"{Devices.Host,-11}{ProcessorName()}: {host.Threads} threads, vectors of {host.Vectors}, " +
            $"float32, {Memory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)}");
        Console.WriteLine(
            $"{Devices.Reference,-11}the same processor, plain loops on one thread, float64: slow, " +
            "what the others are checked against");
        IReadOnlyList<DeviceInfo> accelerators = DeviceList.All();
        foreach (DeviceInfo device in accelerators)
            Console.WriteLine($"{device.Name,-11}{Describe(device)}");
        Console.WriteLine(
            $"{Devices.Auto,-11}{DeviceList.Fastest(accelerators) ?? $"{Devices.Host} (it takes only graphics processors, and none can be used here)"}");
        return ExitCode.Success;
    }

    private static string Describe(DeviceInfo device)
    {
        if (device.WhyNot is { } reason)
            return device.Multiprocessors == 0 ? $"none: {reason}" : $"{device.Hardware}: cannot be used, {reason}";
        string size = device.Name == DeviceList.Simulator
            ? "ILGPU's simulator of an accelerator: very slow, for tests of tiny models"
            : $"{device.Hardware}: {Memory(device.MemoryBytes)}, {device.Multiprocessors} multiprocessors";
        string kind = device.IsGraphicsProcessor || device.Name == DeviceList.Simulator ? "" : ", no graphics processor";
        return $"{size}, groups of {device.GroupThreads} threads, float32{kind}";
    }

    private static string Memory(long bytes) => $"{bytes / 1e9:F1} GB of memory";

    private static string ProcessorName()
    {
        string? line = File.Exists(ProcessorFile)
            ? File.ReadLines(ProcessorFile).FirstOrDefault(text => text.StartsWith(ModelKey, StringComparison.Ordinal))
            : null;
        return line?.Split(':')[^1].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? $"{RuntimeInformation.ProcessArchitecture} processor";
    }
}
