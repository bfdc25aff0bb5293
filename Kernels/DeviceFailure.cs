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
    public static DeviceException Of(string device, string what, AcceleratorException error) =>
        new($"{device}: {what} failed: {ReasonOf(error)}", error);

    /// <summary>What went wrong, with the driver's own code if it has one.</summary>
    /// <param name="error">The error.</param>
    /// <returns>One line.</returns>
    public static string ReasonOf(Exception error) => error.GetBaseException() switch
    {
        CudaException cuda => $"{cuda.Error}: {cuda.Message}",
        CLException openCL => $"{openCL.Error}",
        Exception other => other.Message,
    };

    /// <summary>Whether a device has no more memory, so that freeing some helps. ILGPU's simulator throws <see cref="OutOfMemoryException"/> itself.</summary>
    /// <param name="error">The driver's error.</param>
    public static bool IsLackOfMemory(AcceleratorException error) => error switch
    {
        CudaException cuda => cuda.Error == nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY),
        CLException openCL => openCL.Error is CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE or CLError.CL_OUT_OF_RESOURCES
            or CLError.CL_OUT_OF_HOST_MEMORY or CLError.CL_INVALID_BUFFER_SIZE,
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
