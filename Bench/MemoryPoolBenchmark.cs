using BenchmarkDotNet.Attributes;
using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>What does it cost to rent a buffer from the pool and to return it, once it is cached?</summary>
[MemoryDiagnoser]
public class MemoryPoolBenchmark
{
    private readonly HostBackend _host = HostBackend.Create();

    [Params(1, 1_000_000)]
    public int Elements { get; set; }

    [GlobalCleanup]
    public void Free() => _host.Dispose();

    [Benchmark]
    public void RentAndReturn() => _host.Pool.Return(_host.Pool.Rent([Elements], "benchmark"));
}
