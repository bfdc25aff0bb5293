using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <content>The loop over batches, and one step of it.</content>
public sealed partial class Learner
{
    /// <summary>Learns from all batches of an epoch.</summary>
    /// <returns>The figures of the epoch, or, after cancellation or a stop, of its beginning.</returns>
    private OrderedDictionary<string, double> LearnEpoch(
        FitPlan plan, int epoch, RecurrentState? state, CancellationToken cancellation)
    {
        int[] order = plan.OrderOf(epoch);
        var mean = new RunningMean();
        ResetMetrics();
        for (int batch = 1; batch <= plan.Batches; batch++)
        {
            if (cancellation.IsCancellationRequested || _stopReason is not null)
                break;
            foreach (Callback callback in plan.Callbacks)
                callback.OnBatchBegin(this, epoch, batch);

            int start = (batch - 1) * plan.BatchSize;
            int count = Math.Min(plan.BatchSize, order.Length - start);
            bool cuts = plan.Order == SampleOrder.GroupedByLength;
            var samples = new SampleBatch(plan.Training.Take(order[start..(start + count)]), cuts);
            ulong[] offsets = [.. Model.RandomStreams.Select(stream => stream.Offset)];
            (double loss, Update update) = Learn(samples, state);
            mean.Add(loss, count);

            var report = new BatchReport(
                epoch, batch, plan.Batches, CompletedSteps, loss, mean.Value, update.Norm);
            if (report.HasFailed)
                _optimizer.Rewind();
            foreach (Callback callback in plan.Callbacks)
                callback.OnBatchEnd(this, report);
            if (report.HasFailed && _stopReason is null)
                throw Diagnose(samples, state, offsets);
        }

        return Figures(mean);
    }

    /// <summary>One step of training.</summary>
    private (double Loss, Update Update) Learn(SampleBatch batch, RecurrentState? state)
    {
        using Tape tape = Tape.ForTraining(Device);
        (IReadOnlyList<Flow> outputs, StateCursor next) = Forward(tape, batch, state);
        (Tensor loss, IReadOnlyList<Tensor> ofOutputs) = LossOf(tape, outputs, next, batch);
        Observe(outputs, batch);
        Model.ClearGradients();
        tape.Backward(loss);
        Update update = _optimizer.Step(Clipping);
        Model.Constrain(update.Status);
        state?.KeepFrom(next, update.Status);

        // Read only now that the whole step is queued: reading waits, and the device is to have work meanwhile. (Metrics have read the outputs.)
        ObserveLosses(ofOutputs, batch);
        return (loss.ToScalar(), update);
    }

    /// <summary>What the losses take of a batch: the outputs before a last layer that the loss folds.</summary>
    private (IReadOnlyList<Flow> Outputs, StateCursor Next) Forward(
        Tape tape, SampleBatch batch, RecurrentState? state)
    {
        StateCursor cursor = Model.Start(tape, state);
        IReadOnlyList<Flow> flows = batch.InputsOn(tape);
        if (_foldsLast)
        {
            foreach (Layer layer in Model.Layers.SkipLast(1))
                flows = [layer.Forward(tape, flows[0], cursor)];
        }
        else
            flows = Model.Forward(tape, flows, cursor);

        if (flows.Count != Objectives.Count)
            throw new ShapeException(
                $"Fit: the model has {flows.Count} outputs for {Objectives.Count} objectives, expected as many");
        return ([.. flows.Select(flow => new Flow(flow.Values, flow.Mask))], cursor);
    }

    /// <summary>The weighted sum of the losses of all outputs, and the penalties; and the loss of each output.</summary>
    private (Tensor Sum, IReadOnlyList<Tensor> OfOutputs) LossOf(
        Tape tape, IReadOnlyList<Flow> outputs, StateCursor cursor, SampleBatch batch)
    {
        Tensor? sum = Model.Penalty(tape, cursor);
        var ofOutputs = new Tensor[outputs.Count];
        for (int k = 0; k < outputs.Count; k++)
        {
            Tensor loss = LossOf(tape, Objectives[k].Loss, outputs[k], batch, batch.Targets[k]);
            ofOutputs[k] = loss;
            loss = Objectives[k].Weight == 1 ? loss : loss * Objectives[k].Weight;
            sum = sum is null ? loss : sum + loss;
        }

        return (sum ?? throw new InvalidOperationException("Fit: the model has no output"), ofOutputs);
    }

    /// <summary>The mean loss of the rows that count, or, with weights, Σ w l / rows that count.</summary>
    private static Tensor LossOf(Tape tape, Loss loss, Flow output, SampleBatch batch, Targets targets)
    {
        Tensor rows = loss.OfRows(output.Values, targets);
        SequenceMask? mask = rows.Shape.Rank == 2 ? output.Mask : null;
        if (batch.WeightsFor(tape, rows.Shape, mask) is not { } weights)
            return rows.Mean();
        long counted = mask?.Count ?? rows.Shape.Count;
        return (rows * weights).Sum() * (1.0 / Math.Max(1, counted));
    }

    /// <summary>Runs a failed step again, on a tape that checks every operation.</summary>
    private TrainingFailedException Diagnose(SampleBatch batch, RecurrentState? state, ulong[] offsets)
    {
        long failed = CompletedSteps + 1;
        SetOffsets(offsets);
        try
        {
            using Tape tape = Tape.ForTraining(Device, checks: true);
            (IReadOnlyList<Flow> outputs, StateCursor next) = Forward(tape, batch, state);
            (Tensor loss, _) = LossOf(tape, outputs, next, batch);
            Model.ClearGradients();
            tape.Backward(loss);
        }
        catch (NonFiniteException error)
        {
            return new(failed, error.Message, error);
        }

        return new(failed, "every gradient is finite, but the sum of their squares is beyond the device's numbers");
    }

    private RecurrentState? NewState(StatePolicy states, int batch) =>
        states == StatePolicy.Carried ? Model.NewState(batch) : null;

    /// <summary>Whether a loss takes what flows into the last layer of a model rather than what flows out.</summary>
    private static bool FoldsLast(Loss loss, Layer last)
    {
        if (loss.Folds is not { } folded || last is not Activation activation)
            return false;
        if (activation.Function is not (ActivationFunction.Softmax or ActivationFunction.Sigmoid) || activation.Function == folded)
            return activation.Function == folded;
        throw new ArgumentException(
            $"Compile: the model ends in {last.Name}, a {activation.Function}; {loss.Name} takes logits, or the " +
            $"output of a {folded}");
    }
}
