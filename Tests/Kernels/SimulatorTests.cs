using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>
/// The kernels on ILGPU's simulator, tiny cases; <c>.ci/run</c> has all tests of backends run there and on OpenCL (<see cref="TestBackends"/>).
/// </summary>
public sealed class SimulatorTests
{
    private const long LargestCase = 40;

    private static readonly BackendOptions _poison = BackendOptions.Default with { Poison = true };

    [Test]
    public void OutputsAndGradients_OfSmallCases_EqualTheReference()
    {
        using IlgpuBackend device = DeviceList.Open(DeviceList.Simulator, _poison);
        OperationCase[] cases = [.. OperationCatalogue.All.Where(c => c.Operands.Sum(o => o.Shape.Count) <= LargestCase)];

        Assert.That(cases, Has.Length.GreaterThan(200));
        foreach (OperationCase operationCase in cases)
            Assert.That(ParityCheck.WorstError(operationCase, device), Is.LessThanOrEqualTo(operationCase.Tolerance), $"{operationCase}");
    }

    [Test]
    public void CellThatIsNotPublic_IsRefusedInOneLine()
    {
        using IlgpuBackend device = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default);
        using Tape tape = Tape.ForInference(device);

        Assert.That(
            () => tape.Filled([2], 1).Map<HiddenMap>(),
            Throws.TypeOf<DeviceException>().With.Message.Contains("HiddenMap").And.Message.Contains("must be public"));
        Assert.That(
            () => tape.Filled([2], 1).Map<AbsMap>(),
            Throws.TypeOf<DeviceException>().With.Message.Contains("closed to further kernels").And.Message.Contains("HiddenMap"));
    }

    private readonly struct HiddenMap : IMap
    {
        public static string Name => "Hidden";

        public static T Value<T>(T x)
            where T : struct, IReal<T> => x;

        public static T Slope<T>(T x, T y)
            where T : struct, IReal<T> => T.Of(1);
    }
}
