using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>ILGPU's simulator with groups of 256 threads, so that kernels that work in groups run as on a device: 40 ms a launch.</summary>
internal static class GroupDevice
{
    public static IlgpuBackend Open() => Open(runner => runner);

    public static IlgpuBackend Open(Func<KernelRunner, KernelRunner> wrap) =>
        Open(accelerator => wrap(new IlgpuRunner("groups", accelerator, hasSlowThreads: false)), BackendOptions.Default);

    public static IlgpuBackend Open(Func<Accelerator, KernelRunner> makeRunner, BackendOptions options)
    {
        var context = Context.Create(builder => builder.Optimize(OptimizationLevel.O2).EnableAlgorithms().CPU(new CPUDevice(32, 8, 1)));
        CPUAccelerator accelerator = context.CreateCPUAccelerator(0);
        return new("groups", context, accelerator, makeRunner(accelerator), options);
    }
}
