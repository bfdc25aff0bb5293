using System.Collections;
using System.Runtime.Intrinsics;
using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>One backend under test.</summary>
public sealed record TestBackend(string Name, Func<Backend> Open)
{
    public override string ToString() => Name;
}

/// <summary>
/// The backends that fixtures about computing are stamped for: <c>[TestFixtureSource(typeof(TestBackends))]</c>. All poison. Where the environment names
/// an accelerator (<c>MINILSTM_TEST_DEVICE=opencl</c>), it is that one alone, for the tests of the category Backends.
/// </summary>
public sealed class TestBackends : IEnumerable<TestBackend>
{
    private static readonly BackendOptions _poison = BackendOptions.Default with { Poison = true };

    // More threads than cores, so that work is always split.
    private static readonly TestBackend _reference = new("reference", () => new ReferenceBackend(_poison));
    private static readonly TestBackend _host = new("host", () => HostBackend.Create(new HostOptions(Threads: 3, _poison)));

    // Lanes of lesser width stand for machines that have no wider vectors; wider ones would be emulated.
    private static readonly TestBackend _wide = OneThread("16 lanes", options => new HostBackend<Lanes16>(options));
    private static readonly TestBackend _half = OneThread("8 x 2 lanes", options => new HostBackend<Lanes8x2>(options));
    private static readonly TestBackend _quarter = OneThread("4 x 4 lanes", options => new HostBackend<Lanes4x4>(options));

    private static readonly string? _accelerator = Environment.GetEnvironmentVariable("MINILSTM_TEST_DEVICE");

    private static readonly TestBackend[] _all = _accelerator is { Length: > 0 } name
        ? [new(name, () => DeviceList.Open(name, _poison))]
        : Vector512.IsHardwareAccelerated ? [_reference, _host, _wide, _half, _quarter]
        : Vector256.IsHardwareAccelerated ? [_reference, _host, _half, _quarter]
        : [_reference, _host];

    public IEnumerator<TestBackend> GetEnumerator() => _all.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static TestBackend OneThread(string lanes, Func<HostOptions, Backend> open) =>
        new($"host, 1 thread, {lanes}", () => open(new HostOptions(Threads: 1, _poison)));
}
