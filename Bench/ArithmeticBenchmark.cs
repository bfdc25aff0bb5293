using BenchmarkDotNet.Attributes;
using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>How long do the functions of the gates, and a softmax over a row for each token, take for a million numbers?</summary>
public class ArithmeticBenchmark
{
    private const int Rows = 1000;
    private const int Columns = 1000;

    private readonly HostBackend _host = HostBackend.Create();
    private View _x;
    private View _y;

    [GlobalSetup]
    public void Rent()
    {
        _x = _host.Pool.Rent([Rows, Columns], "x");
        _y = _host.Pool.Rent([Rows, Columns], "y");
        _host.Fill(_x, 0.5);
    }

    [GlobalCleanup]
    public void Free() => _host.Dispose();

    [Benchmark]
    public void Exp() => _host.Map<ExpMap>(_y, _x);

    [Benchmark]
    public void Sigmoid() => _host.Map<SigmoidMap>(_y, _x);

    [Benchmark]
    public void Tanh() => _host.Map<TanhMap>(_y, _x);

    [Benchmark]
    public void Softmax() => _host.Softmax(_y, _x, logarithm: false);
}
