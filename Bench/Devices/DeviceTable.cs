namespace MiniLstm.Bench;

/// <summary>Prints what a device did.</summary>
internal static class DeviceTable
{
    public static void Print(DeviceFigures device)
    {
        Console.WriteLine();
        Console.WriteLine(
            $"{device.Device}: {device.Hardware}; {device.Driver}; {device.MemoryBytes >> 20:N0} MiB, {device.Multiprocessors} multiprocessors");
        Console.WriteLine();
        Console.WriteLine($"{"peak of float32 arithmetic",-34}{Number(device.PeakGigaflops),10} GFLOP/s");
        Console.WriteLine($"{"memory, read and written",-34}{Number(device.MemoryGigabytesPerSecond),10} GB/s");
        Console.WriteLine($"{"launch, one of many",-34}{Number(device.LaunchMicroseconds),10} us");
        Console.WriteLine($"{"launch, awaited",-34}{Number(device.AwaitedLaunchMicroseconds),10} us");
        Print(device.Copies);
        Print("product MxKxN, transposed or not", device.Products);
        Print("LSTM layer", device.Layers);
        PrintSteps(device.Steps);
    }

    private static void Print(IReadOnlyList<CopyFigures> copies)
    {
        Console.WriteLine();
        Console.WriteLine($"{"copy, GB/s",-34}{"to device",10}{"to host",10}{"on device",11}");
        foreach (CopyFigures copy in copies)
        {
            Console.WriteLine(
                $"{$"{copy.Bytes >> 10:N0} KiB",-34}{Number(copy.ToDeviceGigabytesPerSecond),10}{Number(copy.ToHostGigabytesPerSecond),10}" +
                $"{Number(copy.OnDeviceGigabytesPerSecond),11}");
        }
    }

    private static void Print(string title, IReadOnlyList<WorkFigures> works)
    {
        Console.WriteLine();
        Console.WriteLine($"{title,-34}{"ms",10}{"GFLOP/s",10}{"of fp32 peak",13}");
        foreach (WorkFigures work in works)
            Console.WriteLine($"{work.Label,-34}{Speed(work)}");
    }

    private static void PrintSteps(IReadOnlyList<WorkFigures> steps)
    {
        Console.WriteLine();
        Console.WriteLine($"{"training step",-34}{"ms",10}{"GFLOP/s",10}{"of fp32 peak",13}{"tokens/s",12}{"peak MiB",10}");
        foreach (WorkFigures step in steps)
        {
            string rest = step.LeftOut is null ? $"{step.TokensPerSecond,12:N0}{step.PeakBytes / (double)(1 << 20),10:N1}" : "";
            Console.WriteLine($"{step.Shape,-34}{Speed(step)}{rest}");
        }
    }

    private static string Speed(WorkFigures work) => work.LeftOut is { } reason
        ? $"   left out: {reason}"
        : $"{Number(work.Milliseconds),10}{Number(work.Gigaflops),10}{work.ShareOfPeak,13:P1}";

    // Three digits at least, whatever the size.
    private static string Number(double? value) => value switch
    {
        null => "left out",
        < 1 => $"{value:F3}",
        < 10 => $"{value:F2}",
        < 100 => $"{value:F1}",
        _ => $"{value:N0}",
    };
}
