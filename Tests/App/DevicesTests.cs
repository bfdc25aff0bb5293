using MiniLstm.App;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>What the program asks of devices.</summary>
public sealed class DevicesTests : ProgramTests
{
    [Test]
    public void OptionsOf_OnlyWhatComputesOnTheHost_HasItsLimit()
    {
        long host = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

        Assert.That(Devices.OptionsOf(Devices.Host, poison: false), Is.EqualTo(new BackendOptions(Poison: false, host)));
        Assert.That(Devices.OptionsOf(Devices.Reference, poison: true), Is.EqualTo(new BackendOptions(Poison: true, host)));
        Assert.That(Devices.OptionsOf("cuda:1", poison: false), Is.EqualTo(BackendOptions.Default));
    }

    [TestCase(Devices.Host, "fp32", true)]
    [TestCase(Devices.Host, "tf32", false)]
    [TestCase(Devices.Reference, "bf16", false)]
    [TestCase(DeviceList.Simulator, "fp32", true)]
    [TestCase(DeviceList.Simulator, "bf16", false)]
    [TestCase("cuda:77", "bf16", false)]
    public void HasPrecision_OfWhatHasNoTensorCores_IsOnlyTheFullOne(string device, string precision, bool expected) =>
        Assert.That(Devices.HasPrecision(device, precision), Is.EqualTo(expected));

    [TestCase(ProductPrecision.Float32, "fp32", "interpreted PTX")]
    [TestCase(ProductPrecision.Tf32, "tf32", "interpreted PTX, large products in tf32")]
    [TestCase(ProductPrecision.BFloat16, "bf16", "interpreted PTX, large products in bf16")]
    public void PrecisionOf_IsThatOfTheCommandLine_AndIsSaid(ProductPrecision precision, string expected, string described)
    {
        using IlgpuBackend device = PtxDevice.Open(new PtxRunner(PtxDevice.Capability), precision);

        Assert.That(Devices.PrecisionOf(device), Is.EqualTo(expected));
        Assert.That(PathDisplay.Describe(device), Is.EqualTo(described));
    }

    [Test]
    public void Auto_WhereThereAreNoTensorCores_ComputesInFullPrecision()
    {
        if (DeviceList.All().Any(device => device.HasTensorCores))
            Assert.Ignore("there are tensor cores here");
        string auto = DeviceList.Fastest() ?? Devices.Host;
        string note = $"note      no device here has tensor cores for --precision bf16; {auto} computes in fp32\n";

        Assert.That(Train("run", 20, "--device", "auto", "--precision", "bf16").Error, Is.EqualTo(note));
        Assert.That(File.ReadAllText(In("run", "training.json")), Does.Contain("\"precision\": \"fp32\""));
        Assert.That(Run("evaluate", "--run", "run", "--device", "auto", "--precision", "bf16").Error, Is.EqualTo(note));
        AssertOneLine(
            Run("evaluate", "--run", "run", "--device", "host", "--precision", "bf16"), 2, "--precision bf16: only CUDA devices have tensor cores, not host");
    }
}
