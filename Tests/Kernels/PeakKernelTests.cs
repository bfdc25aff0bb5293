using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>The kernel whose speed is the roof in <c>Bench -- devices</c>: it must do as much arithmetic as is counted.</summary>
public sealed class PeakKernelTests
{
    private const int Elements = 6;

    [TestCase(1)]
    [TestCase(2)]
    public void MultiplyInRegisters_GoesAsManySteps_AsAreCounted(int rounds)
    {
        using IlgpuBackend device = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);
        View view = device.Pool.Rent([Elements], "sums");
        device.MultiplyInRegisters(view, rounds);
        float[] sums = new float[Elements];
        device.Download(view, sums);

        // A step c = c / 2 + 1 / 2 halves the distance to 1.
        int chains = PeakKernel.OperationsOfRound / PeakKernel.StepsOfRound / 2;
        double shrunk = Math.Pow(0.5, PeakKernel.StepsOfRound * rounds);
        for (int i = 0; i < Elements; i++)
        {
            double expected = Enumerable.Range(i, chains).Sum(start => 1 + (start - 1) * shrunk);
            Assert.That(sums[i], Is.EqualTo(expected).Within(1e-5), $"element {i}");
        }
    }
}
