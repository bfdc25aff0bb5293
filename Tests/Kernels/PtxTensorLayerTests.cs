using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>Layers whose large products run on tensor cores, forward and backward.</summary>
public sealed class PtxTensorLayerTests
{
    private const int Time = 2;
    private const int Batch = 32;
    private const int Inputs = 33;
    private const int Units = 32;
    private const int Outputs = 65;

    // An LSTM, and a linear layer on top, each product just beyond the threshold but those within steps: two forward, and backward those of x, of W twice
    // each, of U, and of the initial state. Small weights keep gates off their ends.
    private static OperationCase Layers => new(
        "LSTM and linear layer",
        [
            [Time, Batch, Inputs],
            new Operand([4 * Units, Inputs], -0.3, 0.3),
            new Operand([4 * Units, Units], -0.3, 0.3),
            [4 * Units],
            new Operand([Outputs, Units], -0.3, 0.3),
            [Outputs],
        ],
        (_, x, _) => [x[0].Lstm(x[1], x[2], x[3]).Hidden.Linear(x[4], x[5])]);

    // As many digits as the operands have, 8 and 11, and some more for sums of what was rounded.
    [TestCase(ProductPrecision.BFloat16, typeof(TensorMatMulKernel<BFloat16Format>), 1.0 / 64)]
    [TestCase(ProductPrecision.Tf32, typeof(TensorMatMulKernel<Tf32Format>), 1.0 / 512)]
    public void LstmAndLinear_ForwardAndBackward_AreNearTheReference(ProductPrecision precision, Type kernel, double tolerance)
    {
        var runner = new PtxRunner(PtxDevice.Capability);
        using IlgpuBackend device = PtxDevice.Open(runner, precision);

        double error = ParityCheck.WorstError(Layers, device);

        Assert.That(error, Is.InRange(tolerance / 64, tolerance));
        Assert.That(runner.Executed, Has.Member(kernel));
        Assert.That(
            device.Paths.TakeNew().Where(line => line.StartsWith("product ", StringComparison.Ordinal)),
            Has.Exactly(8).Items.And.All.Contains(": tensor cores"));
    }
}
