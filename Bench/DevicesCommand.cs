using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Bench;

/// <summary>What can the accelerators of this machine do, beside the host: copies, launches, products, LSTM layers, training steps, each as a share of
/// the peak that the same run measures?</summary>
internal static class DevicesCommand
{
    private const string Host = "host";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    public static Command Create()
    {
        var devices = new Option<string[]>("--device")
        {
            Description =
                $"One device, such as {Host}, {DeviceList.Cuda}, {DeviceList.OpenCL} or {DeviceList.Cuda}:1; again for more. Without it the host and every " +
                $"accelerator but ILGPU's simulator, {DeviceList.Simulator}.",
        };
        Option<double> seconds = CommonOptions.Seconds("How long to measure each figure. What would take ten times as long once is left out.", 0.5);
        Option<string?> json = FileOption("--json", "Write one JSON object with everything into this file.");
        Option<string?> image = FileOption("--image", "Draw products and layers under the device's roofs, arithmetic and memory, into this PNG file.");
        var command = new Command("devices", "Measures the accelerators of this machine, beside the host.") { devices, seconds, json, image };
        command.SetAction(parsed =>
        {
            try
            {
                return Run(parsed.GetValue(devices) ?? [], parsed.GetValue(seconds), parsed.GetValue(json), parsed.GetValue(image));
            }
            catch (Exception e) when (e is DeviceException or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"devices: {e.Message}");
                return 1;
            }
        });
        return command;
    }

    // A folder that is not there is found out before everything was measured.
    private static Option<string?> FileOption(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            string? path = result.Tokens.Count > 0 ? result.Tokens[0].Value : null;
            if (path is not null && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
                result.AddError($"{name} {path}: expected a file in a folder that is there");
        });
        return option;
    }

    private static int Run(string[] names, double seconds, string? json, string? image)
    {
        DeviceInfo[] all = [HostInfo(), .. DeviceList.All()];
        DeviceInfo[] chosen = names.Length > 0
            ? [.. names.Distinct().Select(name => Named(name, all))]
            : [.. all.Where(device => device.WhyNot is null && device.Name != DeviceList.Simulator)];
        List<NotMeasured> missing = names.Length > 0 ? [] : [.. all.Where(device => device.WhyNot is not null).Select(device =>
            new NotMeasured(device.Name, device.WhyNot ?? ""))];

        string date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string machine = Machine.Describe();
        Console.WriteLine($"{date}, {machine}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        var measured = new List<DeviceFigures>();
        foreach (DeviceInfo device in chosen)
        {
            try
            {
                DeviceFigures figures = new DeviceMeasurement(device, precision => Open(device.Name, precision), seconds).Measure();
                DeviceTable.Print(figures);
                measured.Add(figures);
            }
            catch (DeviceException e)
            {
                Console.Error.WriteLine($"devices: {e.Message}");
                missing.Add(new(device.Name, e.Message));
            }
        }

        foreach (NotMeasured device in missing)
            Console.WriteLine($"{Environment.NewLine}{device.Device}: not measured: {device.Reason}");
        if (json is not null)
        {
            var report = new DevicesReport(
                date, machine, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, seconds, measured, missing);
            File.WriteAllText(json, JsonSerializer.Serialize(report, _json) + "\n");
        }

        if (image is not null && measured.Count > 0)
            RooflineChart.Write(measured, image);
        return measured.Count == chosen.Length ? 0 : 1;
    }

    private static Backend Open(string name, ProductPrecision precision) =>
        name == Host ? HostBackend.Create() : DeviceList.Open(name, BackendOptions.Default, precision);

    private static DeviceInfo HostInfo() => new(
        Host, Machine.Describe(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Environment.ProcessorCount, 1, WhyNot: null)
    {
        Driver = RuntimeInformation.FrameworkDescription,
    };

    private static DeviceInfo Named(string name, DeviceInfo[] all)
    {
        DeviceInfo? device = all.FirstOrDefault(device => device.Name == name);
        if (device is { WhyNot: null })
            return device;
        string usable = string.Join(", ", all.Where(other => other.WhyNot is null).Select(other => other.Name));
        throw new DeviceException($"--device {name}: {device?.WhyNot ?? "no such device"}; usable here: {usable}");
    }
}
