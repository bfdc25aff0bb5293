using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Bench;

/// <summary>A language model that MiniLstm runs.</summary>
internal sealed class OurInference(Sequential model, WorkloadShape shape) : IInference
{
    private readonly RecurrentState _state = model.NewState(shape.Batch);

    public void Read(ReadOnlySpan<int> tokens)
    {
        using Tape tape = Tape.ForInference(model.Device);
        Forward(tape, tokens);
    }

    public double[] ReadLogits(ReadOnlySpan<int> tokens)
    {
        using Tape tape = Tape.ForInference(model.Device);
        return Forward(tape, tokens).ToArray();
    }

    public void Dispose() => _state.Dispose();

    private Tensor Forward(Tape tape, ReadOnlySpan<int> tokens)
    {
        (Tensor logits, StateCursor next) = model.Forward(tape, tape.Indices([shape.Steps, shape.Batch], tokens), _state);
        _state.KeepFrom(next);
        return logits;
    }
}
