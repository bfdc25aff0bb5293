using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>
/// The windows of a text in parts: the rows of a batch are cut into some parts of equal size, each with a recurrent
/// state of its own, that are run one after another and whose gradients add up.
/// </summary>
/// <remarks>Each part's loss counts 1 / parts, so that loss and gradient are the means of the whole batch. The states
/// after a step are kept apart until the step is known not to have failed.</remarks>
internal sealed class MicroBatches : IDisposable
{
    private readonly Sequential _model;
    private readonly Windows _windows;
    private readonly int[] _inputs;
    private readonly int[] _targets;
    private readonly int[] _partInputs;
    private readonly int[] _partTargets;
    private readonly List<RecurrentState> _states = [];
    private readonly List<RecurrentState> _next = [];
    private readonly View _share;
    private bool _isDisposed;

    public MicroBatches(Sequential model, Windows windows, int parts)
    {
        if (windows.Batch % parts != 0)
            throw new ArgumentException($"a batch of {windows.Batch} rows cannot be cut into {parts} equal parts");

        _model = model;
        _windows = windows;
        Rows = windows.Batch / parts;
        _inputs = new int[windows.Steps * windows.Batch];
        _targets = new int[windows.Steps * windows.Batch];
        _partInputs = new int[windows.Steps * Rows];
        _partTargets = new int[windows.Steps * Rows];
        try
        {
            for (int part = 0; part < parts; part++)
            {
                _states.Add(model.NewState(Rows));
                _next.Add(model.NewState(Rows));
            }

            _share = Device.Pool.Rent([1], "a part's share in the loss");
            Device.Fill(_share, 1.0 / parts);
            Loss = Device.Pool.Rent([1], "loss of a step");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>[1]: the mean cross-entropy of the whole batch, without penalties.</summary>
    public View Loss { get; }

    /// <summary>The states before the next step, named for a checkpoint: <c>state.lstm.h_l0</c>, and with several parts
    /// <c>state.1.lstm.h_l0</c> for the second.</summary>
    public IEnumerable<(string Name, View View)> StateTensors =>
        from part in Enumerable.Range(0, _states.Count)
        let prefix = _states.Count == 1 ? "state." : $"state.{part}."
        from tensor in _states[part].Tensors
        select (prefix + tensor.Name, tensor.View);

    private int Rows { get; }

    private Backend Device => _model.Device;

    /// <summary>Makes all states zero.</summary>
    public void Reset()
    {
        foreach (RecurrentState state in _states)
            state.Reset();
    }

    /// <summary>Forward and backward of one window, part by part: adds to the gradients, those of the penalties too, and
    /// writes <see cref="Loss"/>.</summary>
    /// <param name="window">The window's number.</param>
    /// <param name="checks">Whether to look for NaN and infinity.</param>
    /// <exception cref="NonFiniteException">It looked for them, and found one.</exception>
    public void Accumulate(long window, bool checks = false)
    {
        _windows.Fill(window, _inputs, _targets);
        Shape shape = [_windows.Steps, Rows];
        for (int part = 0; part < _states.Count; part++)
        {
            TakePart(_inputs, _partInputs, part);
            TakePart(_targets, _partTargets, part);
            using Tape tape = Tape.ForTraining(Device, checks);
            var inputs = new Flow(tape.Indices(shape, _partInputs));
            (Tensor loss, StateCursor next) = _model.Loss(tape, inputs, tape.Indices(shape, _partTargets), _states[part]);
            if (_model.Penalty(tape, next) is { } penalty)
                tape.Backward((loss, _share), (penalty, _share));
            else
                tape.Backward((loss, _share));
            _next[part].KeepFrom(next);
            Device.Combine<Multiplication>(Loss, loss.View, _share, Broadcast.None, add: part > 0);
        }
    }

    /// <summary>Carries the states over to the next step, unless this one failed.</summary>
    /// <param name="status">The optimiser's status.</param>
    public void Keep(View status)
    {
        foreach ((RecurrentState state, RecurrentState next) in _states.Zip(_next))
            state.CopyFrom(next, status);
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach (RecurrentState state in _states.Concat(_next))
            state.Dispose();
        foreach (View view in (View[])[_share, Loss])
        {
            if (view.Exists)
                Device.Pool.Return(view);
        }
    }

    // Some columns of [T, B].
    private void TakePart(int[] all, int[] some, int part)
    {
        for (int t = 0; t < _windows.Steps; t++)
            all.AsSpan(t * _windows.Batch + part * Rows, Rows).CopyTo(some.AsSpan(t * Rows, Rows));
    }
}
