using BenchmarkDotNet.Attributes;
using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>How long does an LSTM layer take on values, 64 sequences of 64 steps: forward, and forward with backward?</summary>
public class LstmLayerBenchmark
{
    private const int Steps = 64;
    private const int Batch = 64;

    private readonly HostBackend _host = HostBackend.Create();
    private BareLayer? _layer;

    [Params(128, 256, 512)]
    public int Units { get; set; }

    [GlobalSetup]
    public void Build() => _layer = new(new(Units, Units, Batch, Steps), _host);

    [GlobalCleanup]
    public void Free()
    {
        _layer?.Dispose();
        _host.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Forward() => _layer?.Forward();

    [Benchmark]
    public void ForwardAndBackward() => _layer?.ForwardAndBackward();
}
