using System.Globalization;
using System.Text.RegularExpressions;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>What the PTX of kernels may hold.</summary>
public sealed partial class PtxTextTests
{
    // Arithmetic in float64 is slow on most devices. These few come from hyper-parameters, which are kept in double.
    private static readonly Dictionary<string, string> _float64 = new()
    {
        ["ld.param.f64"] = "the hyper-parameter itself",
        ["cvt.rn.f32.f64"] = "its rounding",
        ["testp.infinite.f64"] = "whether a cell's bound is set",
        ["neg.f64"] = "the bound below, and a part that is taken away",
        ["sub.f64"] = "the rest of a share: 1 - share",
        ["setp.leu.f64"] = "whether an activation's constant is positive",
    };

    private static IEnumerable<int> Capabilities() => PtxCompiler.Capabilities;

    // ILGPU writes the same for all that we know: sm_80 for what is newer, which drivers turn into their own. So the tests below read one of them.
    [TestCaseSource(nameof(Capabilities))]
    public void Compile_ForEachCapability_GivesTheSameInstructions(int capability)
    {
        IReadOnlyDictionary<Type, string> texts = PtxCompiler.All(capability);

        Assert.That(texts.Keys, Is.EquivalentTo(KernelTypes.For(capability)));
        Assert.That(
            texts.Where(x => Instructions(x.Value) != Instructions(PtxCompiler.All(PtxDevice.Capability)[x.Key])).Select(x => KernelTypes.Name(x.Key)),
            Is.Empty);
    }

    // ILGPU 1.5.3 turns a choice between two integers, as float32, into one between their bits: 1 becomes 1.4e-45.
    [Test]
    public void Ptx_OfEveryKernel_HasNoIntegersForFloats() =>
        Assert.That(Forbidden(Denormal()), Is.Empty);

    [Test]
    public void Ptx_OfEveryKernel_HasNoLocalMemoryAndNoCalls() =>
        Assert.That(Forbidden(Slow()), Is.Empty);

    // tanh.approx and its like are good to three digits.
    [Test]
    public void Ptx_OfEveryKernel_HasNoApproximations() =>
        Assert.That(Forbidden(Approximate()), Is.Empty);

    [Test]
    public void Ptx_OfEveryKernel_ComputesInFloat32()
    {
        IEnumerable<string> used = Texts().SelectMany(x => Float64().Matches(x.Text).Select(m => m.Value)).Distinct();

        Assert.That(used, Is.EquivalentTo(_float64.Keys));
    }

    // Only devices of CUDA, which have 48 KiB, run tensor cores' kernels.
    [Test]
    public void Ptx_OfEveryKernel_SharesNoMoreThanADeviceMustHave() => Assert.That(
        Texts()
            .Select(x => (x.Name, Bytes: SharedArray().Matches(x.Text).Sum(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture))))
            .Where(x => x.Bytes > (x.Name.StartsWith("TensorMatMulKernel<", StringComparison.Ordinal) ? 48 * 1024 : DeviceList.LeastSharedBytes)),
        Is.Empty);

    private static IEnumerable<(string Name, string Text)> Texts() =>
        PtxCompiler.All(PtxDevice.Capability).Select(x => (KernelTypes.Name(x.Key), x.Value));

    // What was found, and where.
    private static IEnumerable<string> Forbidden(Regex pattern) =>
        Texts().SelectMany(x => pattern.Matches(x.Text).Select(m => $"{x.Name}: {m.Value.Trim()}"));

    [GeneratedRegex(@"\.local\b.*|\bcall\b.*|\.func\b.*")]
    private static partial Regex Slow();

    [GeneratedRegex(@"\b[\w.]+\.approx\b.*|\b[\w.]+\.ftz\b.*")]
    private static partial Regex Approximate();

    [GeneratedRegex(@".*\b0f[08]0(?!000000)[0-7][0-9A-F]{5}\b.*")]
    private static partial Regex Denormal();

    [GeneratedRegex(@"^\s*(?:@!?%p\d+ )?[a-z][\w.]+", RegexOptions.Multiline)]
    private static partial Regex Instruction();

    // In no order: where values meet, moves come in any.
    private static string Instructions(string text) =>
        string.Join(" ", Instruction().Matches(text).Select(m => m.Value.Split()[^1]).Order(StringComparer.Ordinal));

    [GeneratedRegex(@"\.shared\s.*\[(\d+)\];")]
    private static partial Regex SharedArray();

    [GeneratedRegex(@"\b[a-z][a-z0-9.]*\.f64\b")]
    private static partial Regex Float64();
}
