using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

public sealed class DeviceListTests
{
    [Test]
    public void All_OfEveryKind_OneIsThereOrAReason()
    {
        IReadOnlyList<DeviceInfo> all = DeviceList.All();

        Assert.That(all.Select(device => device.Name.Split(':')[0]).Distinct(), Is.EqualTo(DeviceList.Kinds));
        foreach (DeviceInfo device in all)
            Assert.That(device.WhyNot is null ? device.Multiprocessors : device.WhyNot.Length, Is.Positive, $"{device}");
    }

    [Test]
    public void All_Simulator_IsUsable() =>
        Assert.That(DeviceList.All().Single(device => device.Name == DeviceList.Simulator), Has.Property("WhyNot").Null);

    [Test]
    public void Fastest_IsAGraphicsProcessorOrNone() => Assert.That(
        DeviceList.Fastest(),
        DeviceList.All().Any(device => device.IsGraphicsProcessor && device.WhyNot is null) ? Is.Not.Null : Is.Null);

    [Test]
    public void Fastest_OfMany_PrefersCudaThenTensorCoresThenSize()
    {
        DeviceInfo Device(string name, int multiprocessors, bool hasTensorCores, string? whyNot = null) =>
            new(name, "", 1, multiprocessors, 1024, whyNot) { IsGraphicsProcessor = true, HasTensorCores = hasTensorCores };

        DeviceInfo[] all =
        [
            Device("opencl", 200, hasTensorCores: false), Device("cuda", 90, hasTensorCores: false), Device("cuda:1", 40, hasTensorCores: true),
            Device("cuda:2", 80, hasTensorCores: true), Device("cuda:3", 160, hasTensorCores: true, "in use"),
        ];
        Assert.That(DeviceList.Fastest(all), Is.EqualTo("cuda:2"));
        Assert.That(DeviceList.Fastest(all[..2]), Is.EqualTo("cuda"));
        Assert.That(DeviceList.Fastest(all[4..]), Is.Null);
    }

    // The simulator claims all that a number can tell.
    [Test]
    public void All_OnTheProcessor_HasNoMoreMemoryThanTheHost()
    {
        long host = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

        Assert.That(DeviceList.All().Single(device => device.Name == DeviceList.Simulator).MemoryBytes, Is.EqualTo(host));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "memory that nothing was written to is taken at once there")]
    public void Open_OnTheProcessor_LendsNoMoreMemoryThanTheHost()
    {
        using IlgpuBackend device = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);
        long host = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

        Assert.That(
            () =>
            {
                for (long bytes = 0; bytes <= host; bytes += 1L << 30)
                    device.Pool.Rent([1 << 28], "a GiB");
            },
            Throws.TypeOf<DeviceException>().With.Message.Contains($"the limit is {host:N0} bytes"));
    }

    [Test]
    public void Kernels_HaveNoLargerGroupsThanADeviceMustHave() => Assert.That(
        new[]
        {
            RowGroup.MaximumSize, StepGroup.Threads, TensorTile.Threads, MatMulRowsKernel.Threads, LargeTile.Threads, SmallTile<Threads8x16>.Threads,
            SmallTile<Threads32x8>.Threads, SmallTile<Threads16x16>.Threads,
            TensorPacking.Threads, TiledMatMulKernel.Tile * TiledMatMulKernel.Tile, RegisterTileMatMulKernel.Threads,
        },
        Has.All.LessThanOrEqualTo(DeviceList.LeastGroupThreads));

    [TestCase(256, 32768, null)]
    [TestCase(255, 32768, "its groups have at most 255 threads, and kernels need 256")]
    [TestCase(1024, 16384, "its groups share at most 16,384 bytes of memory, and kernels need 32,768")]
    public void WhyTooSmall_GroupsOrWhatTheyShare_SaysWhatIsNeeded(int threads, int bytes, string? expected) =>
        Assert.That(DeviceList.WhyTooSmall(threads, bytes), Is.EqualTo(expected));

    [TestCase("gpu", "expected cuda, opencl, ilgpu-cpu")]
    [TestCase("cuda:first", "expected cuda, opencl, ilgpu-cpu")]
    [TestCase("cuda:-1", "expected cuda, opencl, ilgpu-cpu")]
    [TestCase("ilgpu-cpu:7", "'ilgpu-cpu:7' is not there; usable here: ")]
    public void Open_NameOfNothing_SaysWhatThereIs(string name, string expected) => Assert.That(
        () => DeviceList.Open(name, BackendOptions.Default), Throws.TypeOf<DeviceException>().With.Message.Contains(expected));

    [TestCase(ProductPrecision.Tf32, "tf32")]
    [TestCase(ProductPrecision.BFloat16, "bf16")]
    public void Open_WithoutTensorCores_NamesThePrecisionAsTheCommandLineDoes(ProductPrecision precision, string name) => Assert.That(
        () => DeviceList.Open(DeviceList.Simulator, BackendOptions.Default, precision),
        Throws.TypeOf<DeviceException>().With.Message.Contains($"has no tensor cores for {name}: "));

    [Test]
    public void Find_IsWhatTheListHas()
    {
        Assert.That(DeviceList.Find(DeviceList.Simulator), Is.EqualTo(DeviceList.All().Single(device => device.Name == DeviceList.Simulator)));
        Assert.That(DeviceList.Find(DeviceList.Cuda)?.WhyNot, Is.EqualTo(DeviceList.All()[0].WhyNot));
        Assert.That(DeviceList.Find("cuda:77"), Is.Null);
        Assert.That(DeviceList.Find("gpu"), Is.Null);
    }

    [Test]
    public void Open_Simulator_IsNamed()
    {
        using IlgpuBackend device = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);

        Assert.That(device.Name, Is.EqualTo("ilgpu-cpu (simulated on the processor)"));
        Assert.That(device.Real, Is.EqualTo(ElementKind.Float32));
    }
}
