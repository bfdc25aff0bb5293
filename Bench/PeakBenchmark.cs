using BenchmarkDotNet.Attributes;

namespace MiniLstm.Bench;

/// <summary>How long do twelve million vectors of multiplications take one thread at its peak? What the other benchmarks are to be compared with:
/// <c>Bench -- matmul</c> does so.</summary>
public class PeakBenchmark
{
    private readonly int _rounds = 1_000_000;

    [Benchmark]
    public float Peak() => PeakArithmetic.Run(_rounds).Value;
}
