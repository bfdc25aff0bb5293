using System.Text.Json.Serialization;

namespace MiniLstm.Bench;

/// <summary>What <c>devices --json</c> writes.</summary>
/// <param name="Date">The day, UTC.</param>
/// <param name="Machine">Its processor.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">The version of .NET.</param>
/// <param name="SecondsOfMeasurement">How long each figure was measured, at least.</param>
/// <param name="Devices">What was measured.</param>
/// <param name="NotMeasured">What was not, and why.</param>
internal sealed record DevicesReport(
    string Date,
    string Machine,
    string System,
    string Runtime,
    double SecondsOfMeasurement,
    IReadOnlyList<DeviceFigures> Devices,
    IReadOnlyList<NotMeasured> NotMeasured);

/// <summary>A device that was not measured.</summary>
/// <param name="Device">Its name.</param>
/// <param name="Reason">Why.</param>
internal sealed record NotMeasured(string Device, string Reason);

/// <summary>One device.</summary>
/// <param name="Device">The name that opens it.</param>
/// <param name="Hardware">What it is.</param>
/// <param name="Driver">What drives it.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Multiprocessors">Its multiprocessors; of the host, threads.</param>
/// <param name="PeakGigaflops">The roof of arithmetic: float32 multiplications and additions in registers.</param>
/// <param name="MemoryGigabytesPerSecond">The roof of memory: bytes read and written by the largest copy.</param>
/// <param name="LaunchMicroseconds">One of many launches of a kernel that writes one value.</param>
/// <param name="AwaitedLaunchMicroseconds">A launch and a download of the value.</param>
/// <param name="Copies">Bandwidth by size.</param>
/// <param name="Products">Matrix products by shape; with tensor cores those large enough for them in each precision.</param>
/// <param name="Layers">An LSTM layer by shape, forward and with backward.</param>
/// <param name="Steps">Whole training steps by shape.</param>
internal sealed record DeviceFigures(
    string Device,
    string Hardware,
    string Driver,
    long MemoryBytes,
    int Multiprocessors,
    double PeakGigaflops,
    double MemoryGigabytesPerSecond,
    double LaunchMicroseconds,
    double AwaitedLaunchMicroseconds,
    IReadOnlyList<CopyFigures> Copies,
    IReadOnlyList<WorkFigures> Products,
    IReadOnlyList<WorkFigures> Layers,
    IReadOnlyList<WorkFigures> Steps);

/// <summary>Bandwidth at one size, 10⁹ bytes a second; nothing where it was left out.</summary>
/// <param name="Bytes">The size.</param>
/// <param name="ToDeviceGigabytesPerSecond">From the host to the device.</param>
/// <param name="ToHostGigabytesPerSecond">From the device to the host.</param>
/// <param name="OnDeviceGigabytesPerSecond">On the device, bytes read and written.</param>
internal sealed record CopyFigures(
    long Bytes, double? ToDeviceGigabytesPerSecond, double? ToHostGigabytesPerSecond, double? OnDeviceGigabytesPerSecond);

/// <summary>Arithmetic on a device.</summary>
/// <param name="Shape">What.</param>
/// <param name="OperationsPerByte">Its operations over the bytes that it must move at least; nothing for a whole step.</param>
/// <param name="Milliseconds">The median; nothing if it was left out.</param>
/// <param name="Gigaflops">10⁹ operations a second, of the plain products: savings such as the token table's raise it.</param>
/// <param name="ShareOfPeak">The part of the peak of float32 arithmetic that this is; tensor cores may exceed it.</param>
/// <param name="TokensPerSecond">Of a whole step.</param>
/// <param name="PeakBytes">The most memory of the device's pool that a whole step had.</param>
/// <param name="LeftOut">Why it was left out.</param>
/// <param name="Precision">In what form operands of products were read, as <c>--precision</c> of the program names it.</param>
internal sealed record WorkFigures(
    string Shape,
    double? OperationsPerByte = null,
    double? Milliseconds = null,
    double? Gigaflops = null,
    double? ShareOfPeak = null,
    double? TokensPerSecond = null,
    long? PeakBytes = null,
    string? LeftOut = null,
    string Precision = WorkFigures.FullPrecision)
{
    public const string FullPrecision = "fp32";

    /// <summary>The shape, and the precision if it is a special one.</summary>
    [JsonIgnore]
    public string Label => Precision == FullPrecision ? Shape : $"{Shape} {Precision}";
}
