using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>What a driver's errors become.</summary>
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

    /// <summary>Whether a device has no more memory, so that freeing some helps. ILGPU's simulator throws <see cref="OutOfMemoryException"/> itself.</summary>
    /// <param name="error">The driver's error.</param>
    public static bool IsLackOfMemory(AcceleratorException error) => error switch
    {
        CudaException cuda => cuda.Error == nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY),
        CLException openCL => openCL.Error is CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE or CLError.CL_OUT_OF_RESOURCES or CLError.CL_OUT_OF_HOST_MEMORY,
        _ => false,
    };

    /// <summary>Closes something whatever the driver says. After a fault a driver refuses everything, freeing too: that must not take the place of the
    /// fault's own error, nor keep what comes after from being closed.</summary>
    /// <param name="close">What to do.</param>
    public static void Ignore(Action close)
    {
        try
        {
            close();
        }
        catch (AcceleratorException)
        {
            // A driver that refuses to free frees all when the process ends.
        }
    }
}
