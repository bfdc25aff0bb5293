using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>The accelerators of this machine.</summary>
public static class DeviceList
{
    /// <summary>NVIDIA's graphics processors.</summary>
    public const string Cuda = "cuda";

    /// <summary>Whatever has an OpenCL driver.</summary>
    public const string OpenCL = "opencl";

    /// <summary>ILGPU's simulator of an accelerator on the processor: slow, for tests of tiny models.</summary>
    public const string Simulator = "ilgpu-cpu";

    /// <summary>Threads of the largest groups of kernels.</summary>
    internal const int LeastGroupThreads = 256;

    /// <summary>Bytes that a group must be able to share: the usual of OpenCL. Only tensor cores' kernels share more, of CUDA's 48 KiB.</summary>
    internal const int LeastSharedBytes = 32 * 1024;

    // CL_DEVICE_HOST_UNIFIED_MEMORY, which ILGPU does not name.
    private const CLDeviceInfoType HostUnifiedMemory = (CLDeviceInfoType)0x1035;

    private const string NoCuda = "no driver of NVIDIA finds a device";

    private const string NoOpenCL = "no driver finds a device; on Linux it takes the loader too, as libOpenCL.so (Debian: ocl-icd-opencl-dev)";

    private const string NeedsAddressSpace =
        "its driver lacks the generic address space of OpenCL 2.0, which ILGPU needs: install a newer driver (for processors, PoCL 5 or later)";

    private const string NeedsFloat64 = "it has no float64 arithmetic, in which kernels take their hyper-parameters";

    // Few threads that do much are what it is fast with.
    private static readonly CPUDevice _simulator = new(numThreadsPerWarp: 4, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1);

    /// <summary>All kinds of accelerators, by name.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Cuda, OpenCL, Simulator];

    /// <summary>Every accelerator, and for each kind without one, why. Takes up to a second: drivers are loaded.</summary>
    /// <returns>The accelerators, kind by kind.</returns>
    public static IReadOnlyList<DeviceInfo> All() => [.. Kinds.SelectMany(All)];

    /// <summary>The name of the fastest usable graphics processor.</summary>
    /// <returns>The name; null if there is none, and the host is faster than whatever else there is.</returns>
    public static string? Fastest() => Fastest(All());

    /// <summary>The name of the fastest usable graphics processor of a list.</summary>
    /// <param name="devices">As <see cref="All()"/> gives them.</param>
    /// <returns>The name; null if there is none.</returns>
    public static string? Fastest(IEnumerable<DeviceInfo> devices) => devices
        .Where(device => device.WhyNot is null && device.IsGraphicsProcessor)
        .OrderBy(device => device.Name.StartsWith(Cuda, StringComparison.Ordinal) ? 0 : 1)
        .ThenByDescending(device => device.HasTensorCores)
        .ThenByDescending(device => device.Multiprocessors)
        .FirstOrDefault()?.Name;

    /// <summary>An accelerator by its name.</summary>
    /// <param name="name">Its name, as for <see cref="Open"/>.</param>
    /// <returns>The accelerator, or of the first of a kind why there is none; null if there is no other.</returns>
    public static DeviceInfo? Find(string name) => KindAndNumber(name) is var (kind, number) ? All(kind).ElementAtOrDefault(number) : null;

    /// <summary>Whether an accelerator has tensor cores, and so every <see cref="ProductPrecision"/>.</summary>
    /// <param name="name">Its name, as for <see cref="Open"/>; of what is not there it is false.</param>
    public static bool HasTensorCores(string name) => Find(name) is { HasTensorCores: true };

    /// <summary>Opens an accelerator.</summary>
    /// <param name="name">Its name, such as <c>cuda</c> or <c>opencl:1</c>.</param>
    /// <param name="options">How memory is treated; at most the accelerator's own is used, <see cref="DeviceInfo.MemoryBytes"/>.</param>
    /// <param name="precision">In what form large products read their operands.</param>
    /// <returns>The backend; dispose of it.</returns>
    /// <exception cref="DeviceException">There is no such accelerator, or it cannot be used; the message names those that can. Or it has no tensor cores for
    /// the precision.</exception>
    public static IlgpuBackend Open(string name, BackendOptions options, ProductPrecision precision = ProductPrecision.Float32)
    {
        if (KindAndNumber(name) is not var (kind, number))
            throw new DeviceException($"device '{name}': expected {string.Join(", ", Kinds)}, or one of these with a number, such as {Cuda}:1");

        Context? context = null;
        try
        {
            context = CreateContext(kind);
            Device device = DevicesOf(context, kind).ElementAtOrDefault(number)
                ?? throw new DeviceException($"device '{name}' is not there{(number == 0 ? $": {WhyNone(kind)}" : "")}");
            if (WhyNot(device) is { } reason)
                throw new DeviceException($"device '{name}' ({HardwareOf(device)}) cannot be used: {reason}");
            if (precision != ProductPrecision.Float32 && !HasTensorCores(device))
            {
                throw new DeviceException(
                    $"device '{name}' ({HardwareOf(device)}) has no tensor cores for {(precision == ProductPrecision.Tf32 ? "tf32" : "bf16")}: " +
                    "NVIDIA's have them from compute capability 8.0 on");
            }

            Accelerator accelerator = device.CreateAccelerator(context);
            return new(
                $"{name} ({HardwareOf(device)})",
                context,
                accelerator,
                new IlgpuRunner(name, accelerator),
                options with { MemoryLimitBytes = Math.Min(options.MemoryLimitBytes, MemoryOf(device)) },
                precision);
        }
        catch (Exception e)
        {
            DeviceFailure.Ignore(() => context?.Dispose());
            string reason = e is DeviceException ? e.Message : $"device '{name}' does not start: {DeviceFailure.ReasonOf(e)}";
            throw new DeviceException($"{reason}; usable here: {Usable()}", e);
        }
    }

    private static (string Kind, int Number)? KindAndNumber(string name)
    {
        string kind = name.Split(':')[0];
        int number = name == kind ? 0 : int.TryParse(name[(kind.Length + 1)..], out int n) ? n : -1;
        return Kinds.Contains(kind) && number >= 0 ? (kind, number) : null;
    }

    private static IEnumerable<DeviceInfo> All(string kind)
    {
        try
        {
            using Context context = CreateContext(kind);
            DeviceInfo[] found = [.. DevicesOf(context, kind).Select((device, number) => Info(kind, number, device))];
            return found.Length > 0 ? found : [None(kind, WhyNone(kind))];
        }
        catch (Exception e) when (e is AcceleratorException or DllNotFoundException or TypeInitializationException or NotSupportedException)
        {
            return [None(kind, DeviceFailure.ReasonOf(e))];
        }
    }

    private static Context CreateContext(string kind) => Context.Create(builder =>
    {
        // Without O2 CUDA gets loads that do not know which memory they read.
        builder.Optimize(OptimizationLevel.O2).EnableAlgorithms();
        _ = kind switch
        {
            Cuda => builder.Cuda(),
            OpenCL => builder.OpenCL(_ => true),
            _ => builder.CPU(_simulator),
        };
    });

    private static IEnumerable<Device> DevicesOf(Context context, string kind) => context.Devices.Where(device => kind switch
    {
        Cuda => device is CudaDevice,
        OpenCL => device is CLDevice,
        _ => device is CPUDevice,
    });

    private static DeviceInfo Info(string kind, int number, Device device) => new(
        number == 0 ? kind : $"{kind}:{number}",
        HardwareOf(device),
        MemoryOf(device),
        device.NumMultiprocessors,
        device.MaxNumThreadsPerGroup,
        WhyNot(device))
    {
        IsGraphicsProcessor = device is CudaDevice || device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_GPU },
        HasTensorCores = HasTensorCores(device),
        Driver = device switch
        {
            CudaDevice cuda => $"CUDA {cuda.DriverVersion}, {cuda.Architecture}",
            CLDevice openCL => $"{openCL.PlatformName}, {openCL.PlatformVersion}",
            _ => $"ILGPU {typeof(Context).Assembly.GetName().Version?.ToString(3)}",
        },
    };

    private static bool HasTensorCores(Device device) =>
        device is CudaDevice { Architecture: { } architecture } && architecture >= CudaArchitecture.SM_80;

    // The system lends more memory than there is, and then ends the process without a word. The simulator claims all that a number can tell.
    private static long MemoryOf(Device device) => SharesMemoryOfHost(device)
        ? Math.Min(device.MemorySize, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        : device.MemorySize;

    private static bool SharesMemoryOfHost(Device device) => device switch
    {
        CudaDevice cuda => CudaAPI.CurrentAPI.GetDeviceAttribute(DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_INTEGRATED, cuda.DeviceId) != 0,
        CLDevice openCL => openCL.GetDeviceInfo<int>(HostUnifiedMemory) != 0,
        _ => true,
    };

    private static string HardwareOf(Device device) => device is CPUDevice ? "simulated on the processor" : device.Name.Trim();

    private static string WhyNone(string kind) => kind == Cuda ? NoCuda : NoOpenCL;

    private static DeviceInfo None(string kind, string reason) => new(kind, "none", 0, 0, 0, reason);

    private static string? WhyNot(Device device) => device switch
    {
        CLDevice { Capabilities: CLCapabilityContext { GenericAddressSpace: false } } => NeedsAddressSpace,
        CLDevice { Capabilities: CLCapabilityContext { Float64: false } } => NeedsFloat64,

        // Where threads are simulated, whatever needs large groups is done in other ways (KernelRunner.HasSlowThreads).
        CPUDevice => null,
        _ => WhyTooSmall(device.MaxNumThreadsPerGroup, device.MaxSharedMemoryPerGroup),
    };

    /// <summary>Why kernels' groups are too large for a device.</summary>
    /// <param name="groupThreads">The most threads of its groups.</param>
    /// <param name="sharedBytes">What a group of it can share.</param>
    /// <returns>The reason; null if they are not.</returns>
    internal static string? WhyTooSmall(int groupThreads, int sharedBytes) =>
        groupThreads < LeastGroupThreads ? $"its groups have at most {groupThreads} threads, and kernels need {LeastGroupThreads}"
        : sharedBytes < LeastSharedBytes ? $"its groups share at most {sharedBytes:N0} bytes of memory, and kernels need {LeastSharedBytes:N0}"
        : null;

    private static string Usable() => string.Join(", ", All().Where(device => device.WhyNot is null).Select(device => device.Name));
}
