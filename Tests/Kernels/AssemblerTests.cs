using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>Every kernel as machine code of four generations of devices. Skipped where NVIDIA's assembler is not on the path.</summary>
[Category("Assembler")]
public sealed class AssemblerTests
{
    // Of the 65,536 registers of a multiprocessor: two groups of 256 threads are there at a time, so that one computes while the other waits.
    private const int MostRegisters = 128;

    // What ILGPU's shared memory, declared at compile time, may be.
    private const int MostSharedBytes = 48 * 1024;

    private List<AssembledKernel> _kernels = [];

    [OneTimeSetUp]
    public void Assemble()
    {
        if (!PtxAssembler.IsThere)
            Assert.Ignore("ptxas is not on the path: .ci/with-ptxas dotnet test ... puts it there");

        // From 80 on the text is the same.
        _kernels =
        [
            .. PtxCompiler.Capabilities.SelectMany(c => PtxAssembler.Assemble(PtxCompiler.All(Math.Min(c, PtxDevice.Capability)), c)),
        ];
    }

    [Test]
    public void Kernels_OfAllCapabilities_AreThere() =>
        Assert.That(_kernels, Has.Count.EqualTo(PtxCompiler.Capabilities.Sum(c => KernelTypes.For(c).Count())));

    [Test]
    public void Kernels_NeedNoStack() => Assert.That(Names(k => k.StackBytes > 0 || k.SpilledBytes > 0), Is.Empty);

    [Test]
    public void Kernels_LeaveRoomForTwoGroups() => Assert.That(Names(k => k.Registers > MostRegisters || k.SharedBytes > MostSharedBytes), Is.Empty);

    [Test]
    public void LoopOfLargeProducts_MultipliesAndAdds() => Assert.That(
        Names(k => IsOf(k, typeof(MatMulKernel<,,,>)) && k.Kernel.GetGenericArguments() is [var tile, _, _, var access]
            && tile == typeof(LargeTile) && access == typeof(WholeQuads) && k.Code.ShareOfLoop("FFMA") < 0.85),
        Is.Empty);

    [Test]
    public void LoopOfTensorCores_MultipliesWhileItCopies() => Assert.That(
        Names(k => IsOf(k, typeof(TensorMatMulKernel<>))
            && (k.Code.ShareOfLoop("HMMA") < 0.4 || k.Code.ShareOfLoop("LDGSTS") == 0)),
        Is.Empty);

    [Test]
    public void Table_IsPrinted()
    {
        string capabilities = string.Join(" / ", PtxCompiler.Capabilities);
        TestContext.Out.WriteLine($"| kernel | kinds | registers, sm_{capabilities} | shared bytes | instructions, sm_80 | spilled bytes |");
        TestContext.Out.WriteLine("|---|---|---|---|---|---|");
        foreach (IGrouping<string, AssembledKernel> kernel in _kernels.GroupBy(k => k.Kernel.Name.Split('`')[0]).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            TestContext.Out.WriteLine(
                $"| `{kernel.Key}` | {kernel.Select(k => k.Kernel).Distinct().Count()} "
                + $"| {string.Join(" / ", kernel.GroupBy(k => k.Capability).OrderBy(g => g.Key).Select(g => Range(g, k => k.Registers)))} "
                + $"| {Range(kernel, k => k.SharedBytes)} | {Range(kernel.Where(k => k.Capability == 80), k => k.Code.Count)} "
                + $"| {kernel.Max(k => k.SpilledBytes)} |");
        }

        foreach (AssembledKernel kernel in _kernels.Where(k => IsOf(k, typeof(MatMulKernel<,,,>)) || IsOf(k, typeof(TensorMatMulKernel<>))))
        {
            TestContext.Out.WriteLine(
                $"loop of {KernelTypes.Name(kernel.Kernel)}, sm_{kernel.Capability}: {kernel.Code.LongestLoop.Count} instructions, "
                + $"{kernel.Code.ShareOfLoop("FFMA"):P1} FFMA, {kernel.Code.ShareOfLoop("HMMA"):P1} HMMA");
        }
    }

    private static string Range(IEnumerable<AssembledKernel> kernels, Func<AssembledKernel, int> value)
    {
        (int least, int most) = (kernels.Min(value), kernels.Max(value));
        return least == most ? $"{least}" : $"{least} to {most}";
    }

    private static bool IsOf(AssembledKernel kernel, Type definition) =>
        kernel.Kernel.IsGenericType && kernel.Kernel.GetGenericTypeDefinition() == definition;

    private IEnumerable<string> Names(Func<AssembledKernel, bool> chosen) => _kernels.Where(chosen).Select(k =>
        $"{KernelTypes.Name(k.Kernel)}, sm_{k.Capability}: {k.Registers} registers, {k.SharedBytes} bytes shared, {k.StackBytes} of stack, "
        + $"{k.SpilledBytes} spilled, "
        + $"loop of {k.Code.LongestLoop.Count}: {k.Code.ShareOfLoop("FFMA"):P1} FFMA, {k.Code.ShareOfLoop("HMMA"):P1} HMMA");
}
