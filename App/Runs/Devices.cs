using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.App;

/// <summary>The devices that this version knows.</summary>
internal static class Devices
{
    public const string Host = "host";
    public const string Reference = "reference";

    /// <summary>The fastest that there is: a graphics processor, or else the host.</summary>
    public const string Auto = "auto";

    /// <summary>The precision of <see cref="Precisions"/> that every device has.</summary>
    public const string FullPrecision = "fp32";

    private const string Tf32 = "tf32";
    private const string BFloat16 = "bf16";

    /// <summary>What <c>--device</c> takes; of accelerators there may be several, such as <c>cuda:1</c>.</summary>
    public static string[] All { get; } = [Host, Auto, DeviceList.Cuda, DeviceList.OpenCL, DeviceList.Simulator, Reference];

    /// <summary>Whether a device can be asked for by this name.</summary>
    /// <param name="name">The name.</param>
    public static bool IsName(string name) =>
        All.Contains(name) || name.Split(':') is [DeviceList.Cuda or DeviceList.OpenCL, var number] && int.TryParse(number, out int n) && n >= 0;

    /// <summary>The device that a name stands for, if it is <see cref="Auto"/>.</summary>
    /// <param name="name">The name.</param>
    public static string Resolve(string name) => name == Auto ? Fastest() ?? Host : name;

    /// <summary>The device that a name stands for, and in what precision it computes: where <see cref="Auto"/> finds none with tensor cores, in the full
    /// one, with a note. A device that is named must have what is asked for: <see cref="Open"/>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="precision">One of <see cref="Precisions"/>.</param>
    public static (string Device, string Precision) Resolve(string name, string precision)
    {
        string device = Resolve(name);
        if (name != Auto || HasPrecision(device, precision))
            return (device, precision);
        Console.Error.WriteLine($"note      no device here has tensor cores for --precision {precision}; {device} computes in {FullPrecision}");
        return (device, FullPrecision);
    }

    /// <summary>Whether a device has a precision; of one that is not there, only <see cref="FullPrecision"/> is true.</summary>
    /// <param name="device">Its name, not <see cref="Auto"/>.</param>
    /// <param name="precision">One of <see cref="Precisions"/>.</param>
    public static bool HasPrecision(string device, string precision) =>
        precision == FullPrecision || (device is not (Host or Reference) && HasTensorCores(device));

    /// <summary>The forms of weights, as the command line names them.</summary>
    public static IReadOnlyDictionary<string, WeightFormat> WeightFormats { get; } = new OrderedDictionary<string, WeightFormat>
    {
        ["f32"] = WeightFormat.Float32,
        ["bf16"] = WeightFormat.BFloat16,
        ["int8"] = WeightFormat.Int8,
    };

    /// <summary>The forms of operands of products, as the command line names them.</summary>
    public static string[] Precisions { get; } = [FullPrecision, Tf32, BFloat16];

    /// <summary>The name of a form of weights.</summary>
    /// <param name="format">One of <see cref="WeightFormats"/>.</param>
    public static string NameOf(WeightFormat format) => WeightFormats.First(pair => pair.Value == format).Key;

    /// <summary>Opens a device. No more memory is taken than it has; of the processor, than the machine has: there is an error before the system ends
    /// the process.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="threads">How many threads compute; null: one for each processor.</param>
    /// <param name="poison">Whether all memory is filled with NaN first, to find out what is read before it is
    /// written.</param>
    /// <param name="weights">In what form products read weights, one of <see cref="WeightFormats"/>; null: float32.</param>
    /// <param name="precision">In what form large products read their operands, one of <see cref="Precisions"/>; null: float32.</param>
    /// <returns>The device; dispose of it.</returns>
    /// <exception cref="UsageException">It is not there, or has not the form of weights or the precision.</exception>
    /// <exception cref="DeviceException">It is there and fails.</exception>
    public static Backend Open(string name, int? threads, bool poison = false, string? weights = null, string? precision = null)
    {
        (name, precision) = Resolve(name, precision ?? FullPrecision);
        WeightFormat format = weights is null ? WeightFormat.Float32 : WeightFormats[weights];
        if (name != Host && format != WeightFormat.Float32)
            throw new UsageException($"--weights {weights}: only the device {Host} has this form of weights, not {name}");
        if (name is Host or Reference && precision != FullPrecision)
            throw new UsageException($"--precision {precision}: only CUDA devices have tensor cores, not {name}");
        BackendOptions options = OptionsOf(name, poison);
        return name switch
        {
            Host => HostBackend.Create(new HostOptions(threads ?? 0, options) { Weights = format }),
            Reference => new ReferenceBackend(options),
            _ => OpenAccelerator(name, options, precision),
        };
    }

    /// <summary>How a device treats memory. An accelerator knows its own, which may be more than the host's.</summary>
    /// <param name="device">Its name, not <see cref="Auto"/>.</param>
    /// <param name="poison">As for <see cref="Open"/>.</param>
    internal static BackendOptions OptionsOf(string device, bool poison) => BackendOptions.Default with
    {
        Poison = poison,
        MemoryLimitBytes = device is Host or Reference ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : BackendOptions.Default.MemoryLimitBytes,
    };

    /// <summary>In what form a device's large products read their operands.</summary>
    /// <param name="device">The device.</param>
    /// <returns>One of <see cref="Precisions"/>.</returns>
    public static string PrecisionOf(Backend device) => device is HostBackend or ReferenceBackend ? FullPrecision : PrecisionOfAccelerator(device);

    // Not inlined, and returning no type of it: whoever stays on the host does not even load the assembly.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SuppressMessage("Performance", "CA1859:Use concrete types when possible", Justification = "the type's assembly would be loaded to call this")]
    private static Backend OpenAccelerator(string name, BackendOptions options, string precision)
    {
        try
        {
            return DeviceList.Open(
                name,
                options,
                precision switch
                {
                    Tf32 => ProductPrecision.Tf32,
                    BFloat16 => ProductPrecision.BFloat16,
                    _ => ProductPrecision.Float32,
                });
        }
        catch (DeviceException) when (WhyNot(name, precision) is { } reason)
        {
            throw new UsageException(reason);
        }
    }

    // What the command line could say better; null if it is right, and the device fails.
    private static string? WhyNot(string accelerator, string precision)
    {
        DeviceInfo? device = DeviceList.Find(accelerator);
        if (device is not { WhyNot: null })
        {
            IEnumerable<string> usable = DeviceList.All().Where(other => other.WhyNot is null).Select(other => other.Name).Prepend(Host);
            return $"--device {accelerator}: {device?.WhyNot ?? "there is no such device"}; usable here: {string.Join(", ", usable)}";
        }

        return precision == FullPrecision || device.HasTensorCores
            ? null
            : $"--precision {precision}: {accelerator} ({device.Hardware}) has no tensor cores, which NVIDIA's have from compute capability 8.0 on";
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string PrecisionOfAccelerator(Backend device) => (device as IlgpuBackend)?.Precision switch
    {
        ProductPrecision.Tf32 => Tf32,
        ProductPrecision.BFloat16 => BFloat16,
        _ => FullPrecision,
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool HasTensorCores(string accelerator) => DeviceList.HasTensorCores(accelerator);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? Fastest() => DeviceList.Fastest();
}
