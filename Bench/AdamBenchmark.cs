using BenchmarkDotNet.Attributes;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Bench;

/// <summary>How long does an update by Adam take for a million parameters, with and without the norm of the gradient?</summary>
public class AdamBenchmark
{
    private readonly HostBackend _host = HostBackend.Create();
    private readonly Sequential _model = new(1000, new Dense(1000));
    private BoundOptimizer? _adam;

    [GlobalSetup]
    public void Build()
    {
        _model.Build(_host, seed: 1);
        _model.ClearGradients();
        _adam = new Adam().Over(_model.Parameters);
    }

    [GlobalCleanup]
    public void Free()
    {
        _adam?.Dispose();
        _model.Dispose();
        _host.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Update() => _adam?.Step();

    [Benchmark]
    public void NormAndUpdate() => _adam?.Step(maximumNorm: 5);
}
