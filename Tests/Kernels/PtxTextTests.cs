using System.Globalization;
using System.Text.RegularExpressions;

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

    // Kernels that differ in type arguments alone do not differ between capabilities: one of each will do here, .ci/run assembles them all.
    [TestCaseSource(nameof(Capabilities))]
    public void Compile_ForEachCapability_Succeeds(int capability)
    {
        IEnumerable<Type> one = KernelTypes.All.DistinctBy(t => t.IsGenericType ? t.GetGenericTypeDefinition() : t);

        // The newest target that ILGPU knows up to the capability; the driver takes it for later ones.
        Assert.That(PtxCompiler.Compile(one, capability).Values.Select(Target), Is.All.InRange(PtxCompiler.Capabilities[0], capability));
    }

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

    private static IEnumerable<(string Name, string Text)> Texts() =>
        PtxCompiler.All(PtxDevice.Capability).Select(x => (KernelTypes.Name(x.Key), x.Value));

    private static int Target(string text) => int.Parse(TargetLine().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);

    // What was found, and where.
    private static IEnumerable<string> Forbidden(Regex pattern) =>
        Texts().SelectMany(x => pattern.Matches(x.Text).Select(m => $"{x.Name}: {m.Value.Trim()}"));

    [GeneratedRegex(@"\.target sm_(\d+)")]
    private static partial Regex TargetLine();

    [GeneratedRegex(@"\.local\b.*|\bcall\b.*|\.func\b.*")]
    private static partial Regex Slow();

    [GeneratedRegex(@"\b[\w.]+\.approx\b.*|\b[\w.]+\.ftz\b.*")]
    private static partial Regex Approximate();

    [GeneratedRegex(@"\b[a-z][a-z0-9.]*\.f64\b")]
    private static partial Regex Float64();
}
