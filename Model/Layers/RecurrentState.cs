using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>The working memory of a model: the hidden and cell states of all its recurrent layers, for each row of a
/// batch, outside any tape.</summary>
/// <remarks>
/// <para>States are not weights: nothing here is learnt, saved with a model, or shared between batches unless somebody
/// carries it over. This is the life of a state; nothing else ever changes one:</para>
/// <list type="bullet">
/// <item><see cref="Network.NewState"/> creates it, all zeros.</item>
/// <item><see cref="KeepFrom"/> carries it: the states after the last step become the initial ones of the next forward
/// pass. They are copied out of the tape, so that no gradient flows back beyond this point: backpropagation through
/// time is truncated exactly here.</item>
/// <item><see cref="Reset"/> makes it zero again. Training does so at the start of each epoch, evaluation at the start
/// of each document, generation at the start of each call, before the prompt; in between it is carried.</item>
/// <item><see cref="Fork"/> copies it, to try several continuations of one past.</item>
/// <item><see cref="Tensors"/> names its memory, so that a checkpoint can write it and read it back.</item>
/// </list>
/// <para>Row b of a batch continues row b of the batch before: who carries a state must cut the text into that many
/// parallel streams.</para>
/// </remarks>
public sealed class RecurrentState : IDisposable
{
    private readonly Backend _device;
    private readonly List<(string Name, View View)> _tensors = [];
    private bool _isDisposed;

    internal RecurrentState(Backend device, IReadOnlyList<RecurrentSlot> slots, int batch)
    {
        if (batch < 1)
            throw new ArgumentOutOfRangeException(nameof(batch), $"NewState: a batch of {batch}, expected at least 1");
        _device = device;
        Slots = slots;
        Batch = batch;
        try
        {
            foreach (RecurrentSlot slot in slots)
            {
                _tensors.Add((slot.HiddenName, device.Pool.Rent([batch, slot.Features], slot.HiddenName)));
                if (slot.HasCell)
                    _tensors.Add((slot.CellName, device.Pool.Rent([batch, slot.CellUnits], slot.CellName)));
            }

            Reset();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The recurrent layers whose states these are.</summary>
    public IReadOnlyList<RecurrentSlot> Slots { get; }

    /// <summary>The number of rows.</summary>
    public int Batch { get; }

    /// <summary>The memory, [batch, features] each: of every recurrent layer its hidden state, such as
    /// <c>lstm.h_l0</c>, then its cell state, if it has one, <c>lstm.c_l0</c>. <see cref="TensorFile"/> writes and reads them.</summary>
    /// <exception cref="ObjectDisposedException">The state was disposed of.</exception>
    public IReadOnlyList<(string Name, View View)> Tensors
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _tensors;
        }
    }

    /// <summary>Forgets everything: all states become zero.</summary>
    /// <exception cref="ObjectDisposedException">The state was disposed of.</exception>
    public void Reset()
    {
        foreach ((_, View view) in Tensors)
            _device.Fill(view, 0);
    }

    /// <summary>Carries the states after a forward pass over to the next one, by copying them out of the tape; the
    /// place where backpropagation through time is truncated.</summary>
    /// <param name="next">What the forward pass returned; its tape must be alive.</param>
    /// <param name="status">An optimiser's status, or absent. Once it says that an update failed, the state stays as it
    /// is, as the weights do, so that the step can be run again.</param>
    /// <exception cref="ShapeException">The pass ran with another batch or was one of another model.</exception>
    /// <exception cref="ObjectDisposedException">The state or the tape was disposed of.</exception>
    public void KeepFrom(StateCursor next, View status = default)
    {
        if (next.Results.Count != Slots.Count)
            throw new ShapeException(
                $"KeepFrom: {next.Results.Count} recurrent layers have run, the state is one of {Slots.Count}");
        int tensor = 0;
        foreach (RecurrentResult result in next.Results)
        {
            Keep(Tensors[tensor++], result.LastHidden.View, status);
            if (result.LastCell is { } cell)
                Keep(Tensors[tensor++], cell.View, status);
        }
    }

    /// <summary>A deep copy with a life of its own.</summary>
    /// <returns>The copy; dispose of it.</returns>
    /// <exception cref="ObjectDisposedException">The state was disposed of.</exception>
    public RecurrentState Fork()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var copy = new RecurrentState(_device, Slots, Batch);
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Takes over another state of the same model and batch.</summary>
    /// <param name="other">The other; it stays as it is.</param>
    /// <param name="status">An optimiser's status, or absent. Once it says that an update failed, this state stays as it
    /// is.</param>
    /// <exception cref="ShapeException">The other is one of another model or batch.</exception>
    /// <exception cref="ObjectDisposedException">One of the two was disposed of.</exception>
    public void CopyFrom(RecurrentState other, View status = default)
    {
        if (other.Slots != Slots)
            throw new ShapeException("CopyFrom: the other state is one of another model");
        for (int k = 0; k < Tensors.Count; k++)
            Keep(Tensors[k], other.Tensors[k].View, status);
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach ((_, View view) in _tensors)
            _device.Pool.Return(view);
    }

    /// <summary>The states as initial ones of a forward pass; no gradient flows into them.</summary>
    /// <param name="tape">The tape of the pass.</param>
    /// <returns>Hidden and, where there is one, cell state of each slot.</returns>
    /// <exception cref="ObjectDisposedException">The state was disposed of.</exception>
    public (Tensor Hidden, Tensor? Cell)[] On(Tape tape)
    {
        var initial = new (Tensor Hidden, Tensor? Cell)[Slots.Count];
        int tensor = 0;
        for (int k = 0; k < initial.Length; k++)
        {
            Tensor hidden = tape.Constant(Tensors[tensor++].View);
            initial[k] = (hidden, Slots[k].HasCell ? tape.Constant(Tensors[tensor++].View) : null);
        }

        return initial;
    }

    private void Keep((string Name, View View) kept, View next, View status)
    {
        if (next.Shape != kept.View.Shape)
            throw new ShapeException($"KeepFrom: {kept.Name} is {kept.View.Shape}, the forward pass has {next.Shape}");
        if (status.Exists)
            _device.CopyUnlessFailed(kept.View, next, status);
        else
            _device.Copy(kept.View, next);
    }
}
