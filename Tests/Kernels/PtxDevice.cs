using ILGPU;
using ILGPU.Runtime.CPU;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>The backend of accelerators, with kernels that are interpreted: what CUDA would run, without a device.</summary>
internal static class PtxDevice
{
    /// <summary>The capability that is played.</summary>
    public const int Capability = 80;

    /// <summary>Products that go to the tensor cores: all that take more than an instant here, since what pays on a device would take minutes.</summary>
    public static TensorThreshold Threshold => new(Extent: 32, Multiplications: 64 * 64 * 32);

    /// <summary>Opens it. Its memory is that of ILGPU's simulator, which has addresses.</summary>
    /// <param name="runner">What interprets kernels.</param>
    /// <param name="precision">In what form large products read their operands.</param>
    public static IlgpuBackend Open(PtxRunner runner, ProductPrecision precision = ProductPrecision.Float32)
    {
        var context = Context.Create(builder => builder.CPU(new CPUDevice(numThreadsPerWarp: 2, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1)));
        return new IlgpuBackend(
            "interpreted PTX", context, context.CreateCPUAccelerator(0), runner, BackendOptions.Default with { Poison = true }, precision)
        {
            TensorThreshold = Threshold,
        };
    }
}
