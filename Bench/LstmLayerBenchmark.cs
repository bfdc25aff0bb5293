using BenchmarkDotNet.Attributes;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Bench;

/// <summary>How long does an LSTM layer take on values, 64 sequences of 64 steps: forward, and forward with backward?</summary>
public class LstmLayerBenchmark
{
    private const int Steps = 64;
    private const int Batch = 64;

    private readonly HostBackend _host = HostBackend.Create();
    private Sequential? _model;
    private double[] _x = [];

    [Params(128, 256, 512)]
    public int Units { get; set; }

    [GlobalSetup]
    public void Build()
    {
        _model = new Sequential(Units, new Lstm(Units, returnSequences: true));
        _model.Build(_host, seed: 1);
        _x = new double[Steps * Batch * Units];
        Array.Fill(_x, 0.5);
    }

    [GlobalCleanup]
    public void Free()
    {
        _model?.Dispose();
        _host.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Forward()
    {
        using Tape tape = Tape.ForInference(_host);
        Run(tape);
    }

    [Benchmark]
    public void ForwardAndBackward()
    {
        using Tape tape = Tape.ForTraining(_host);
        Tensor output = Run(tape);
        tape.Backward((output, output.View));
    }

    private Tensor Run(Tape tape)
    {
        Sequential model = _model ?? throw new InvalidOperationException("built before it is measured");
        return model.Forward(tape, tape.Input([Steps, Batch, Units], _x)).Logits;
    }
}
