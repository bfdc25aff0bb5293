using BenchmarkDotNet.Attributes;
using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>How far is the host's matrix product from the loops of the reference?</summary>
public class MatMulBenchmark
{
    private readonly ReferenceBackend _reference = new();
    private readonly HostBackend _host = HostBackend.Create();
    private (View A, View B, View C) _ofReference;
    private (View A, View B, View C) _ofHost;

    [Params(64, 256, 512)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Rent()
    {
        _ofReference = Operands(_reference);
        _ofHost = Operands(_host);
    }

    [GlobalCleanup]
    public void Free()
    {
        _reference.Dispose();
        _host.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Reference() => _reference.MatMul(_ofReference.C, _ofReference.A, false, _ofReference.B, false, add: false);

    [Benchmark]
    public void Host() => _host.MatMul(_ofHost.C, _ofHost.A, false, _ofHost.B, false, add: false);

    private (View A, View B, View C) Operands(Backend backend)
    {
        Shape shape = [Size, Size];
        View a = backend.Pool.Rent(shape, "a");
        View b = backend.Pool.Rent(shape, "b");
        backend.Fill(a, 0.5);
        backend.Fill(b, 0.25);
        return (a, b, backend.Pool.Rent(shape, "c"));
    }
}
