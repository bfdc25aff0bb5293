using System.Collections;
using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>One backend under test.</summary>
public sealed record TestBackend(string Name, Func<Backend> Open)
{
    public override string ToString() => Name;
}

/// <summary>The backends that fixtures about computing are stamped for: <c>[TestFixtureSource(typeof(TestBackends))]</c>. All poison.</summary>
public sealed class TestBackends : IEnumerable<TestBackend>
{
    private static readonly BackendOptions _poison = BackendOptions.Default with { Poison = true };

    // The lanes of each width stand for machines that have no wider ones. More threads than cores, so that work is always split.
    private static readonly TestBackend[] _all =
    [
        new("reference", () => new ReferenceBackend(_poison)),
        new("host", () => HostBackend.Create(new HostOptions(Threads: 3, _poison))),
        new("host, 1 thread, 16 lanes", () => new HostBackend<Lanes16>(new HostOptions(Threads: 1, _poison))),
        new("host, 1 thread, 8 x 2 lanes", () => new HostBackend<Lanes8x2>(new HostOptions(Threads: 1, _poison))),
        new("host, 1 thread, 4 x 4 lanes", () => new HostBackend<Lanes4x4>(new HostOptions(Threads: 1, _poison))),
    ];

    public IEnumerator<TestBackend> GetEnumerator() => _all.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
