using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>Memory of an accelerator, and what is caught before ILGPU sees it.</summary>
public sealed class DeviceMemoryTests
{
    // More than the room for uploads holds.
    private const int Many = (1 << 20) + 12345;

    private IlgpuBackend _device = null!;

    [SetUp]
    public void Open() => _device = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);

    [TearDown]
    public void Close() => _device.Dispose();

    [Test]
    public void Upload_MoreThanTheRoomHolds_Arrives()
    {
        View view = _device.Pool.Rent([Many], "values");
        float[] values = [.. Enumerable.Range(0, Many).Select(i => i * 0.5f)];
        _device.Upload(view, values);
        float[] back = new float[Many];
        _device.Download(view, back);

        Assert.That(back, Is.EqualTo(values));
    }

    [Test]
    public void Upload_SoOftenThatTheRoomIsUsedAgain_Arrives()
    {
        View view = _device.Pool.Rent([1000], "values");
        for (int round = 0; round < 2500; round++)
        {
            double[] values = new double[1000];
            Array.Fill(values, round);
            _device.Upload(view, values);
        }

        double[] back = new double[1000];
        _device.Download(view, back);
        Assert.That(back, Is.All.EqualTo(2499));
    }

    [Test]
    public void ToArray_OfIndices_GivesWhatWasUploaded_WithoutTheDevice()
    {
        using Tape tape = Tape.ForInference(_device);
        int[] values = [3, 1, 2];
        IndexTensor ids = tape.Indices([3], values);
        values[0] = 9;
        _device.Copy(ids.View, tape.Indices([3], [7, 7, 7]).View);

        Assert.That(ids.ToArray(), Is.EqualTo([3, 1, 2]));
        Assert.That(ids.At(tape.Indices([2], [2, 0])).ToArray(), Is.EqualTo([2, 3]));
        ids.ToArray()[0] = 9;
        Assert.That(ids.ToArray(), Is.EqualTo([3, 1, 2]), "a copy");
    }

    [Test]
    public void Operation_OnMemoryOfAnotherDevice_NamesIt()
    {
        using IlgpuBackend other = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);
        View view = other.Pool.Rent([2], "foreign values");

        Assert.That(
            () => _device.Fill(view, 0),
            Throws.InvalidOperationException.With.Message.Contains("'foreign values' is memory of another device, or was freed"));
    }

    [Test]
    public void Operation_OnAClosedDevice_Throws()
    {
        View view = _device.Pool.Rent([2], "values");
        _device.Dispose();

        Assert.That(() => _device.Fill(view, 0), Throws.InvalidOperationException.Or.TypeOf<ObjectDisposedException>());
        Assert.That(() => _device.Pool.Rent([2], "values"), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Rent_MoreElementsThanKernelsIndex_SaysSo() => Assert.That(
        () => _device.Pool.Rent([1 << 16, 1 << 15], "huge"),
        Throws.TypeOf<DeviceException>().With.Message.Contains("kernels index at most"));
}
