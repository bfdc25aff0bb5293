using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>What becomes of a driver's errors, which no test can make it throw.</summary>
public sealed class DeviceFailureTests
{
    private static IEnumerable<TestCaseData> Errors()
    {
        yield return new(Cuda("CUDA_ERROR_ILLEGAL_ADDRESS"), "cuda: launching X failed: CUDA_ERROR_ILLEGAL_ADDRESS: said the driver");
        yield return new(new CLException(CLError.CL_INVALID_WORK_GROUP_SIZE), "cuda: launching X failed: CL_INVALID_WORK_GROUP_SIZE");
        yield return new(new OtherException("said ILGPU"), "cuda: launching X failed: said ILGPU");
    }

    [TestCaseSource(nameof(Errors))]
    public void Of_EachKindOfDriver_HasItsCode(AcceleratorException error, string expected)
    {
        DeviceException failure = DeviceFailure.Of("cuda", "launching X", error);

        Assert.That(failure.Message, Is.EqualTo(expected));
        Assert.That(failure.InnerException, Is.SameAs(error));
    }

    [TestCase(CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE, true)]
    [TestCase(CLError.CL_OUT_OF_RESOURCES, true)]
    [TestCase(CLError.CL_INVALID_BUFFER_SIZE, true)]
    [TestCase(CLError.CL_OUT_OF_HOST_MEMORY, true)]
    [TestCase(CLError.CL_INVALID_CONTEXT, false)]
    public void IsLackOfMemory_OpenCL_TellsFromOtherErrors(CLError code, bool expected) =>
        Assert.That(DeviceFailure.IsLackOfMemory(new CLException(code)), Is.EqualTo(expected));

    [TestCase("CUDA_ERROR_OUT_OF_MEMORY", true)]
    [TestCase("CUDA_ERROR_ILLEGAL_ADDRESS", false)]
    public void IsLackOfMemory_Cuda_TellsFromOtherErrors(string code, bool expected) =>
        Assert.That(DeviceFailure.IsLackOfMemory(Cuda(code)), Is.EqualTo(expected));

    [Test]
    public void Dispose_DriverRefusesEverything_ClosesTheRestAndThrowsNothing()
    {
        var context = Context.Create(builder => builder.CPU(new CPUDevice(4, 1, 1)));
        CPUAccelerator accelerator = context.CreateCPUAccelerator(0);
        var device = new IlgpuBackend("broken", context, accelerator, new IlgpuRunner("broken", accelerator), BackendOptions.Default);
        using var broken = new BrokenMemory(accelerator);

        Assert.That(device.Dispose, Throws.Nothing);
        Assert.That(broken.Refusals, Is.Positive, "closing the accelerator frees its memory");
        Assert.That(context.IsDisposed, "what comes after the accelerator");
    }

    [Test]
    public void Free_DriverRefuses_TheBufferIsGone()
    {
        using IlgpuBackend device = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);
        using var context = Context.Create(builder => builder.CPU(new CPUDevice(4, 1, 1)));
        var broken = new BrokenMemory(context.CreateCPUAccelerator(0));
        var buffer = new IlgpuBuffer(device, broken, 1, ElementKind.Float32);

        Assert.That(buffer.Free, Throws.Nothing);
        Assert.That(broken.Refusals, Is.EqualTo(1));
        Assert.That(buffer.Memory, Is.Null);
    }

    // Its constructor asks the driver, which is not there, for the message.
    private static CudaException Cuda(string code)
    {
        var error = new CudaException("said the driver");
        typeof(CudaException).GetField($"<{nameof(CudaException.Error)}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(error, code);
        return error;
    }

    private sealed class OtherException(string message) : AcceleratorException(message)
    {
        public override AcceleratorType AcceleratorType => AcceleratorType.CPU;
    }

    /// <summary>Memory of a device that a fault has closed.</summary>
    private sealed class BrokenMemory(Accelerator accelerator) : MemoryBuffer(accelerator, 1, sizeof(float))
    {
        public int Refusals { get; private set; }

        protected override void MemSet(AcceleratorStream stream, byte value, in ArrayView<byte> targetView) => throw new NotSupportedException();

        protected override void CopyFrom(AcceleratorStream stream, in ArrayView<byte> sourceView, in ArrayView<byte> targetView) =>
            throw new NotSupportedException();

        protected override void CopyTo(AcceleratorStream stream, in ArrayView<byte> sourceView, in ArrayView<byte> targetView) =>
            throw new NotSupportedException();

        protected override void DisposeAcceleratorObject(bool disposing)
        {
            Refusals++;
            throw new OtherException("an earlier fault");
        }
    }
}
