using BenchmarkDotNet.Attributes;
using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>How long does the host's matrix product take, by shape and transposition?</summary>
public class ProductBenchmark
{
    private readonly HostBackend _host = HostBackend.Create();
    private ProductShape.Operands? _operands;

    public static IEnumerable<string> Shapes => ProductShape.All.Select(shape => shape.ToString());

    [ParamsSource(nameof(Shapes))]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Rent() => _operands = ProductShape.All.First(shape => shape.ToString() == Shape).Rent(_host);

    [GlobalCleanup]
    public void Free() => _host.Dispose();

    [Benchmark]
    public void Multiply() => _operands?.Multiply();
}
