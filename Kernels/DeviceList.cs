using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>Draft.</summary>
public static class DeviceList
{
    /// <summary>Opens.</summary>
    /// <param name="name">Name.</param>
    /// <param name="options">Options.</param>
    /// <returns>It.</returns>
    public static Backend Open(string name, BackendOptions options)
    {
        var context = Context.Create(builder =>
        {
            builder.Optimize(OptimizationLevel.O2).EnableAlgorithms();
            if (name == "opencl")
                builder.OpenCL(_ => true);
            else
                builder.CPU(new CPUDevice(numThreadsPerWarp: 4, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1));
        });
        Accelerator accelerator = name == "opencl" ? context.GetCLDevice(0).CreateAccelerator(context) : context.CreateCPUAccelerator(0);
        return new IlgpuBackend(name, context, accelerator, new IlgpuRunner(name, accelerator), options);
    }
}
