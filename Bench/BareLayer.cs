using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Bench;

/// <summary>One LSTM layer on values that lie on the device, as between two layers: their gradient is computed too.</summary>
internal sealed class BareLayer : IDisposable
{
    private readonly Sequential _model;
    private readonly ParameterStore _input;

    public BareLayer(LayerShape shape, Backend device)
    {
        _model = new Sequential(shape.Inputs, new Lstm(shape.Hidden, returnSequences: true));
        _model.Build(device, BareSteps.Seed);
        _input = new(device, [new("x", [shape.Steps, shape.Batch, shape.Inputs], values => values.Fill(0.5))]);
    }

    public void Forward()
    {
        using Tape tape = Tape.ForInference(_model.Device);
        Run(tape);
    }

    public void ForwardAndBackward()
    {
        using Tape tape = Tape.ForTraining(_model.Device);
        Tensor output = Run(tape);
        tape.Backward((output, output.View));
    }

    public void Dispose()
    {
        _input.Dispose();
        _model.Dispose();
    }

    private Tensor Run(Tape tape) => _model.Forward(tape, tape.Use(_input.All[0])).Logits;
}
