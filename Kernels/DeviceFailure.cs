using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>What a driver's error becomes.</summary>
internal static class DeviceFailure
{
    /// <summary>An error of one line, with the driver's own code.</summary>
    /// <param name="device">The device.</param>
    /// <param name="what">What it was doing.</param>
    /// <param name="error">The driver's error.</param>
    /// <returns>The error, to be thrown.</returns>
    public static DeviceException Of(string device, string what, AcceleratorException error)
    {
        string reason = error switch
        {
            CudaException cuda => $"{cuda.Error}: {cuda.Message}",
            CLException openCL => $"{openCL.Error}",
            _ => error.Message,
        };
        return new($"{device}: {what} failed: {reason}", error);
    }
}
