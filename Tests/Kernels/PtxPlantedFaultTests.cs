using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>Faults that are planted into the product's own kernels: the interpreter finds them.</summary>
public sealed class PtxPlantedFaultTests
{
    [TestCase("cp.async.wait_group 0;", "", "which was not waited for")]
    [TestCase("bar.sync\t0;", "", "since the last barrier")]
    [TestCase("[right+1312]", "[right+1328]", "where nothing was written")]
    [TestCase("[left+3840]", "[left+3832]", "is no multiple of 16")]
    [TestCase("[to+10240]", "[to+41000]", "outside of shared memory")]
    [TestCase("+96], {c4", "+65632], {c4", "outside of global memory")]
    public void TensorCores_WithAFault_AreRefused(string right, string wrong, string message) =>
        Assert.That(Product(ProductPrecision.BFloat16, way: null, right, wrong), Throws.InvalidOperationException.With.Message.Contains(message));

    [TestCase(ProductWay.Tiled)]
    [TestCase(ProductWay.RegisterTiled)]
    [TestCase(ProductWay.Tile64x64)]
    [TestCase(ProductWay.Tile128x128)]
    public void Tiles_WithoutBarriers_AreRefused(object way) => Assert.That(
        Product(ProductPrecision.Float32, (ProductWay)way, "bar.sync\t0;", ""),
        Throws.InvalidOperationException.With.Message.Contains("since the last barrier").Or.Message.Contains("where nothing was written"));

    [Test]
    public void Nothing_Planted_Passes() => Assert.That(Product(ProductPrecision.BFloat16, way: null, "bar.sync", "bar.sync"), Throws.Nothing);

    private static Action Product(ProductPrecision precision, ProductWay? way, string right, string wrong) => () =>
    {
        bool isPlanted = false;
        var runner = new PtxRunner(PtxDevice.Capability, text =>
        {
            isPlanted |= text.Contains(right, StringComparison.Ordinal);
            return text.Replace(right, wrong, StringComparison.Ordinal);
        });
        using IlgpuBackend device = PtxDevice.Open(runner, precision);
        using Tape tape = Tape.ForInference(device);
        View a = tape.Rent([64, 64], "left operand");
        View b = tape.Rent([64, 64], "right operand");
        View c = tape.Rent([64, 64], "product");
        device.Fill(a, 1);
        device.Fill(b, 1);
        if (way is { } given)
            device.MatMul(c, a, false, b, false, add: false, new ProductPlan(given, Parts: 1));
        else
            device.MatMul(c, a, false, b, false, add: false);
        Assert.That(isPlanted, Is.True);
    };
}
