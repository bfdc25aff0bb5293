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

    [TestCase("gpu", "expected cuda, opencl, ilgpu-cpu")]
    [TestCase("cuda:first", "expected cuda, opencl, ilgpu-cpu")]
    [TestCase("cuda:-1", "expected cuda, opencl, ilgpu-cpu")]
    [TestCase("ilgpu-cpu:7", "'ilgpu-cpu:7' is not there; the accelerators of this machine: ")]
    public void Open_NameOfNothing_SaysWhatThereIs(string name, string expected) => Assert.That(
        () => DeviceList.Open(name, BackendOptions.Default), Throws.TypeOf<DeviceException>().With.Message.Contains(expected));

    [Test]
    public void Open_Simulator_IsNamed()
    {
        using IlgpuBackend device = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);

        Assert.That(device.Name, Does.StartWith("ilgpu-cpu ("));
        Assert.That(device.Real, Is.EqualTo(ElementKind.Float32));
    }
}
