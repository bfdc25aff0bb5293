using System.Runtime.CompilerServices;
using MiniLstm.Engine;
using MiniLstm.Kernels;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>For <c>--verbose</c>: prints which ways the computations of a command take: each when it is first taken, and
/// again if it changes.</summary>
/// <param name="device">The device.</param>
internal sealed class PathDisplay(Backend device) : TrainingCallback
{
    /// <summary>The device in words.</summary>
    /// <param name="device">The device.</param>
    /// <returns>Such as <c>host, 2 threads, vectors of 1 x 512 bits, weights as f32</c>.</returns>
    public static string Describe(Backend device)
    {
        if (device is HostBackend host)
            return $"host, {host.Threads} threads, vectors of {host.Vectors}, weights as {Devices.NameOf(host.Weights)}";
        string precision = Devices.PrecisionOf(device);
        return precision == Devices.FullPrecision ? device.Name : $"{device.Name}, large products in {precision}";
    }

    /// <summary>Prints what is new, to standard error: standard output is the command's.</summary>
    public void Print()
    {
        foreach (string line in device.Paths.TakeNew())
            Console.Error.WriteLine($"path      {line}");
    }

    /// <summary>Prints all ways, after a computation.</summary>
    /// <param name="device">The device.</param>
    public static void PrintAll(Backend device)
    {
        new PathDisplay(device).Print();
        PrintStart(device);
    }

    public override void OnReport(LanguageModelTrainer trainer, StepReport report) => Print();

    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report) => Print();

    public override void OnEnd(LanguageModelTrainer trainer, TrainingResult result)
    {
        Print();
        PrintStart(device);
    }

    private static void PrintStart(Backend device)
    {
        if (device is not (HostBackend or ReferenceBackend))
            PrintKernels(device);
    }

    // Not inlined: whoever stays on the host does not even load the assembly.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PrintKernels(Backend device)
    {
        if (device is IlgpuBackend accelerator)
            Console.Error.WriteLine($"kernels   {accelerator.KernelCount} compiled in {accelerator.CompileTime.TotalSeconds:F1} s");
    }
}
