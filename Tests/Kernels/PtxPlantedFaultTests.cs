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
        AssertRefused(Product(ProductPrecision.BFloat16, way: null, right, wrong), typeof(TensorMatMulKernel<BFloat16Format>), message);

    // Transposed, so that what is packed is turned in shared memory.
    [Test]
    public void Packing_WithoutABarrier_IsRefused() => AssertRefused(
        Product(ProductPrecision.BFloat16, way: null, "bar.sync\t0;", "", transposeA: true), typeof(TensorPackKernel<BFloat16Format>), "where nothing was written");

    [TestCase(ProductWay.Tiled)]
    [TestCase(ProductWay.RegisterTiled)]
    [TestCase(ProductWay.Tile64x64)]
    [TestCase(ProductWay.Tile128x128)]
    public void Tiles_WithoutBarriers_AreRefused(object way) => Assert.That(
        Product(ProductPrecision.Float32, (ProductWay)way, "bar.sync\t0;", ""),
        Throws.InvalidOperationException.With.Message.Contains("since the last barrier").Or.Message.Contains("where nothing was written"));

    // Three barriers: before a tile is read, before the next one is written over it, and before the sums of all threads are read.
    [Test]
    public void Steps_WithoutOneOfTheirBarriers_AreRefused([Values(32, 16, 8)] int tileRows, [Values] bool isBack, [Range(0, 2)] int barrier) => Assert.That(
        Step(tileRows, isBack, barrier),
        Throws.InvalidOperationException.With.Message.Contains("since the last barrier").Or.Message.Contains("where nothing was written"));

    [Test]
    public void Nothing_Planted_Passes() => Assert.That(Product(ProductPrecision.BFloat16, way: null, "bar.sync", "bar.sync"), Throws.Nothing);

    private static Action Step(int tileRows, bool isBack, int barrier) => () =>
    {
        bool isPlanted = false;
        var runner = new PtxRunner(PtxDevice.Capability, text =>
        {
            string[] between = text.Split("bar.sync\t0;");
            if (between.Length == 1)
                return text;
            isPlanted = true;
            return string.Join("bar.sync\t0;", between[..(barrier + 1)]) + string.Join("bar.sync\t0;", between[(barrier + 1)..]);
        });

        // Two tiles along each sum.
        const int Rows = 9;
        const int Units = 36;
        using IlgpuBackend device = PtxDevice.Open(runner);
        using Tape tape = Tape.ForInference(device);
        View gates = Ones(4 * Units, Rows);
        View weight = Ones(Units, 4 * Units);
        (View H, View C) before = (Ones(Units, Rows), Ones(Units, Rows));
        (View H, View C) after = (Ones(Units, Rows), Ones(Units, Rows));
        if (isBack)
            device.ProductAndStepSlope(default(LstmCell), Ones(4 * Units, Rows), weight, gates, before, default, after, before, default, default, tileRows);
        else
            device.ProductAndStep(default(LstmCell), gates, before.H, weight, before, default, after, default, tileRows);
        Assert.That(isPlanted, Is.True);

        View Ones(int columns, int rows)
        {
            View view = tape.Rent([rows, columns], "ones");
            device.Fill(view, 1);
            return view;
        }
    };

    private static void AssertRefused(Action product, Type kernel, string message) => Assert.That(
        product,
        Throws.InvalidOperationException.With.Message.StartsWith($"{KernelTypes.Name(kernel)}: ").And.Message.Contains(message));

    private static Action Product(ProductPrecision precision, ProductWay? way, string right, string wrong, bool transposeA = false) => () =>
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
            device.MatMul(c, a, transposeA, b, true, add: false, new ProductPlan(given, Parts: 1));
        else
            device.MatMul(c, a, transposeA, b, true, add: false);
        Assert.That(isPlanted, Is.True);
    };
}
