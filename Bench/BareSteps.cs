using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;
using Embedding = MiniLstm.Model.Embedding;

namespace MiniLstm.Bench;

/// <summary>Whole training steps on random tokens, and nothing round them: embedding, LSTM, dense layer, cross-entropy, clipping, Adam.</summary>
internal sealed class BareSteps : IDisposable
{
    public const ulong Seed = 1;
    public const double LearningRate = 1e-3;
    public const double MaximumNorm = 5;

    private readonly WorkloadShape _shape;
    private readonly Sequential _model;
    private readonly BoundOptimizer _adam;
    private readonly RecurrentState _state;
    private readonly int[] _tokens;

    public BareSteps(WorkloadShape shape, Backend device, bool withTable = true)
    {
        _shape = shape;
        _model = NewModel(shape, withTable);
        _model.Build(device, Seed);
        _adam = new Adam(LearningRate).Over(_model.Parameters);
        _state = _model.NewState(shape.Batch);
        _tokens = RandomTokens(shape, shape.Tokens + shape.Batch);
    }

    public static Sequential NewModel(WorkloadShape shape, bool withTable = true) => new([
        new Embedding(shape.Vocabulary, shape.Embedding),
        .. withTable ? [] : (Layer[])[new GatheredRows()],
        new Lstm(shape.Hidden, shape.Layers, returnSequences: true),
        new Dense(shape.Vocabulary),
    ]);

    public static int[] RandomTokens(WorkloadShape shape, long count)
    {
        var random = new RandomStream(Seed, stream: 0);
        int[] tokens = new int[count];
        for (int k = 0; k < tokens.Length; k++)
            tokens[k] = (int)(random.NextUniform() * shape.Vocabulary);
        return tokens;
    }

    public void Step()
    {
        using Tape tape = Tape.ForTraining(_model.Device);
        Shape axes = [_shape.Steps, _shape.Batch];
        int count = (int)_shape.Tokens;
        var inputs = new Flow(tape.Indices(axes, _tokens.AsSpan(0, count)));
        (Tensor loss, StateCursor next) = _model.Loss(tape, inputs, tape.Indices(axes, _tokens.AsSpan(_shape.Batch, count)), _state);
        _model.ClearGradients();
        tape.Backward(loss);
        Update update = _adam.Step(MaximumNorm);
        _state.KeepFrom(next, update.Status);
    }

    public void Dispose()
    {
        _state.Dispose();
        _adam.Dispose();
        _model.Dispose();
    }
}
